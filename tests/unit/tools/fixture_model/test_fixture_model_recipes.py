import random

from tools.fixture_model.recipes import CONTINUED, FROM_SCRATCH, FULL_WINDOWS, stage_at


def test_the_shares_of_each_stage_add_up_to_one():
    for stage in FROM_SCRATCH:
        assert abs(sum(recipe.share for recipe in stage.recipes) - 1) < 1e-9


def test_a_run_from_scratch_ends_where_a_continued_run_stays():
    assert stage_at(FROM_SCRATCH, 0.0).recipes[0].most_sentences == 1
    assert stage_at(FROM_SCRATCH, 0.6) is stage_at(FROM_SCRATCH, 1.0) is FULL_WINDOWS
    assert stage_at(CONTINUED, 0.0) is FULL_WINDOWS


def test_full_windows_are_learned_both_alone_and_after_previous_text():
    for recipe in FULL_WINDOWS.recipes:
        if recipe.fills_window:
            assert recipe.prompt_chances == (0.0, 1.0)
            assert recipe.end_frame(random.Random(0)) == 3000
