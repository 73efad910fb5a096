"""What people complain about with other bots' feeds, and the test that shows that ours don't do it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
COMPLAINTS = {
    "stopped, and nobody was told": "test_failing.test_a_collection_that_is_gone_is_said_in_the_channel_and_comes_back",
    "everything missed came at once": (
        "test_failing.test_after_an_hour_without_thingiverse_what_was_missed_is_one_digest"
    ),
    "posted again after a restart": "test_failing.test_a_restart_in_between_repeats_nothing",
    "posted again when the date or a counter changed": "test_reading.test_nothing_is_posted_twice",
    "nothing posted, because there were no dates": "test_reading.test_designs_without_dates_are_posted_once",
    "an old one posted when another was removed": (
        "test_reading.test_an_old_design_that_moves_up_is_not_taken_for_new"
    ),
    "all feeds erased when a permission was lost": (
        "test_failing.test_a_lost_permission_suspends_with_its_name_and_what_waits_comes_as_one_digest"
    ),
    "one server's post suppressed it everywhere": (
        "test_reading.test_a_design_in_a_feed_of_each_server_is_posted_in_each"
    ),
    "the wrong reason told": "test_posting.test_a_test_is_posted_at_once_and_counts_for_nothing",
    "no filters by tag or maker": "test_reading.test_what_filters_keep_out_is_counted_and_explained",
    "no role is mentioned, or everyone is": "test_posting.test_a_role_is_mentioned_and_nobody_else",
    "no posts in forums": "test_posting.test_a_forum_gets_a_post_for_each_design",
    "not published to followers, or too often": "test_posting.test_only_digests_are_published_and_ten_an_hour",
    "no daily digest": "test_posting.test_a_digest_comes_at_its_hour_with_all_designs",
    "no quiet hours": "test_posting.test_quiet_hours_end_in_one_digest",
    "a channel flooded in a burst": "test_posting.test_a_burst_stops_at_the_days_cap",
    "service notices among the posts": "test_notices.test_a_feed_that_lost_its_permission_is_told_of_once",
    "no way to get the site's new designs at all": "wire/test_follow.test_a_new_server_gets_the_sites_next_designs",
    "can't be turned off without being deleted": ("test_posting.test_a_paused_feed_posts_nothing_old_when_it_goes_on"),
    "requests used up that people need": "test_reading.test_the_budget_of_people_is_left_alone",
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_each_complaint_has_its_test(complaint: str) -> None:
    module, _, name = COMPLAINTS[complaint].partition(".")
    tree = ast.parse((TESTS / f"{module}.py" if "/" not in module else TESTS.parent / f"{module}.py").read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
