import pytest

from local.routes import Routes
from local.template import Route, load

# The example of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html, and more
KEYS = [
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{id}",
    "GET /pets/dog/1",
    "GET /pets",
    "ANY /pets",
    "GET /",
]


def _route(key: str) -> Route:
    method, _, path = key.rpartition(" ")
    return Route(method=method or "ANY", path=path)


ROUTES = Routes([(_route(key), key) for key in KEYS])


@pytest.mark.parametrize(
    ("request_line", "key", "variables"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1", {}),
        ("GET /pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET /pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST /test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("GET /pets", "GET /pets", {}),
        ("PUT /pets", "ANY /pets", {}),
        ("GET /pets/", "ANY /{proxy+}", {"proxy": "pets/"}),
        ("GET /pets/dog/", "GET /pets/{proxy+}", {"proxy": "dog/"}),
        ("GET /", "GET /", {}),
        ("POST /", "$default", {}),
        ("GET /pets/dog/a b", "GET /pets/dog/{id}", {"id": "a b"}),
    ],
)
def test_the_most_specific_route_takes_a_request(request_line: str, key: str, variables: dict[str, str]) -> None:
    method, path = request_line.split(" ", 1)
    match = ROUTES.match(method, path)

    assert match is not None
    assert (match.target, match.variables) == (key, variables)


def test_without_a_default_nobody_takes_the_rest() -> None:
    assert Routes([(_route("GET /a"), 1)]).match("GET", "/b") is None


def test_every_route_of_the_template_leads_to_its_own_function() -> None:
    functions = load().functions.values()
    routes = Routes((route, function.name) for function in functions for route in function.routes)

    for function in functions:
        for route in function.routes:
            method = "GET" if route.method == "ANY" else route.method
            path = "/nowhere/at/all" if route.path == "$default" else route.path.replace("{", "x").replace("}", "x")
            match = routes.match(method, path)
            assert match is not None
            assert (match.target, match.route) == (function.name, route)
