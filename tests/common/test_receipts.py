from common.providers import Usage
from common.receipts import Receipt


def test_a_receipt_is_the_sum_of_its_calls() -> None:
    receipt = Receipt.of(
        [
            Usage("a", cost_microusd=7, input_tokens=10, output_tokens=3, provider_ms=120),
            Usage("b", cost_microusd=5, characters=40, seconds=1.25, megapixels=0.262, provider_ms=80),
            Usage("c", cost_microusd=1, input_tokens=1, seconds=0.1),
        ]
    )

    assert (receipt.cost_microusd, receipt.input_tokens, receipt.output_tokens) == (13, 11, 3)
    assert (receipt.characters, receipt.seconds, receipt.megapixels) == (40, 1.35, 0.262)
    assert receipt.latency_ms.provider == 200
    assert receipt.model == "c"


def test_nothing_called_costs_nothing() -> None:
    assert Receipt.of([]) == Receipt()
    assert Receipt().model is None
    assert Receipt().cached is False


def test_only_what_came_wholly_from_a_cache_is_cached() -> None:
    cached, fresh = Usage("m", cached=True), Usage("m")

    assert Receipt.of([cached, cached]).cached is True
    assert Receipt.of([cached, fresh]).cached is False


def test_a_receipt_comes_back_from_storage_as_it_was() -> None:
    receipt = Receipt.of([Usage("m", cost_microusd=9_007_199_254_740_993, seconds=0.333)])

    assert Receipt(**receipt.model_dump(mode="json")) == receipt


def test_tiny_parts_do_not_add_up_to_a_long_tail() -> None:
    assert Receipt.of([Usage("m", seconds=0.1)] * 3).seconds == 0.3
