"""The outbound guard: the one place through which any address passes that a studio gives us.

    address.py    what an address may look like: one spelling, so that no two readers of it can disagree
    networks.py   which IP addresses are public
    names.py      a name is looked up once, and every address it has must be public
    sending.py    requests to the addresses that were checked, whatever the name says by then

What a model takes is `common.text.PublicUrl`; `check_public` looks the name up while the studio is still there to be
told; `Outbound` makes the requests. Import from the modules: every function needs the first, few need asyncio or httpx.
"""
