"""Functions in Python give the same pixels in every strategy, and wrong ones an error of one line."""

from pathlib import Path

import pytest

import framerace

FUNCTIONS = str(Path(__file__).with_name("functions.py"))
CLIP = str(Path(__file__).parents[2] / "assets" / "bigbuckbunny.mp4")
FRAMES = "synthetic:96x64@0x24"
STRATEGIES = ["threads", "stages", "rayon", "tiles", "processes", "processes-pipe"]


def named(function):
    return f"python={FUNCTIONS}:{function}"


def run(function, strategy="threads", input=FRAMES, **options):
    return framerace.run(input, named(function), strategy=strategy, workers=2, **options)


def error(function, strategy="threads"):
    with pytest.raises(framerace.Error) as raised:
        run(function, strategy)
    text = str(raised.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    "chain",
    [
        "gray",
        "edges:low=20:high=90",
        "negative",
        "half",
        "mirror",
        "same",
        "one_channel",
        "into",
        "numbered",
        "loop:turns=500",
        "draws:writable=1",
        "Gain:gain=1.5",
        "brighter",
    ],
)
def test_every_strategy_makes_the_same_pixels(chain):
    result = framerace.compare(FRAMES, named(chain), strategies=STRATEGIES, workers=2, rounds=1)
    assert {one["name"] for one in result.data["strategies"]} == {"sequential", *STRATEGIES}, result.left_out
    assert all(one["same_pixels"] for one in result.data["strategies"]), result
    assert all(one["ledger"]["delivered"] == 24 for one in result.data["strategies"])


def test_several_functions_stand_anywhere_in_a_chain_and_in_a_video():
    chain = ["resize=160:90", named("mirror"), "blur=3", named("edges"), named("negative")]
    result = framerace.compare(CLIP, chain, strategies=["threads", "stages", "processes"], rounds=1, frames=12, workers=2)
    assert all(one["same_pixels"] for one in result.data["strategies"])
    threads = next(one for one in result.data["strategies"] if one["name"] == "threads")
    assert [part["name"] for part in threads["stages"][1]["parts"]][:2] == ["resize", "mirror"]
    assert len(result.data["strategies"]) == 4


def test_the_pixels_are_those_that_the_function_returns():
    import cv2
    import functions

    with framerace.frames(CLIP, [named("edges")], limit=5) as filtered, framerace.frames(CLIP, "copy", limit=5) as plain:
        for one, other in zip(filtered, plain, strict=True):
            assert (one.image == functions.edges(other.image)).all()
    assert cv2.getNumThreads() == 1


def test_a_generator_sees_every_frame_in_order_or_is_refused():
    result = framerace.compare(FRAMES, named("difference"), strategies=STRATEGIES, workers=2, rounds=1)
    assert set(result.left_out) == {"threads", "rayon", "processes", "processes-pipe"}
    assert all("generator" in why and "sequential or stages" in why for why in result.left_out.values())
    assert all(one["same_pixels"] for one in result.data["strategies"])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("as_float", "float64"),
        ("as_bool", "bool"),
        ("nothing", "it returned None"),
        ("a_number", "of type int"),
        ("four_dimensions", "of shape [1, 1, 64, 96, 3]"),
        ("short_at_seven", "failed at frame 7: it returned 96x5"),
        ("raises_at_seven", 'failed at frame 7: ValueError: no luck (functions.py, line'),
        ("exits", "failed at frame 3: SystemExit: 4"),
        ("draws", "read-only: draw on frame.copy(), or ask for a copy with the option writable=1"),
        ("assigns", "read-only: draw on frame.copy()"),
        ("keeps", "it kept the frame"),
        ("keeps_a_part", "it kept the frame"),
        ("edges:nonsense=3", "unexpected keyword argument 'nonsense'"),
    ],
)
@pytest.mark.parametrize("strategy", ["threads", "processes"])
def test_a_wrong_function_is_one_line(function, words, strategy):
    text = error(function, strategy)
    assert words in text
    assert f"filter {function.partition(':')[0]}" in text


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (named("edgse"), "did you mean edges?"),
        ("python=nowhere.py:f", "there is no file nowhere.py"),
        ("python=no_such_module:f", "cannot import no_such_module: ModuleNotFoundError"),
        ("python=", "names no function"),
        (named("KEPT"), "is a list, not a function"),
        (named("edges:low"), "'low' is no option of edges"),
    ],
)
def test_a_name_that_does_not_exist_is_one_line(chain, words):
    with pytest.raises(framerace.Error, match=words.replace("?", r"\?")) as raised:
        framerace.run(FRAMES, chain)
    assert "\n" not in str(raised.value)


def test_a_script_that_measures_while_it_is_imported_is_refused(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text("import framerace\ndef f(x): return x\nframerace.run('synthetic:64x48@0x5', f)\n")
    with pytest.raises(framerace.Error, match="under if __name__ == '__main__':"):
        framerace.run(FRAMES, f"python={script}:f")


def test_waits_for_the_lock_are_counted_and_named():
    def locked(result):
        return next(stage for stage in result.data["strategies"][0]["stages"] if stage["name"] == "chain")["locked"]

    loop, frames = named("loop:turns=600000"), "synthetic:96x64@0x60"
    result = framerace.run(frames, loop, strategy="threads", workers=4)
    # Four threads, of which one has the lock: three quarters of their time, and less where they have no core either.
    assert locked(result) > 0.02
    assert "(GIL)" in result.data["strategies"][0]["lock"]
    assert any("cpython" in note for note in result.data["notes"] + result.data["strategies"][0]["notes"])
    alone = framerace.run(frames, loop, strategy="processes", workers=2)
    assert locked(alone) < locked(result) / 2
    assert alone.data["strategies"][0]["lock"] is None
