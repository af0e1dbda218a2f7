"""How fast a host may be asked, from how it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dispositions import held
from crawler.model import Disposition, State
from crawler.standing import Pace
from crawler.tempo import (
    DOWN_AFTER,
    MOST_DELAY_SECONDS,
    SILENT,
    Tempo,
    delay_seconds,
    in_a_new_run,
    leases_at_once,
    rest_until,
    tempo_after,
)

PUBLIC = Pace(delay_seconds=0.25, parallel=1, adapts=True)
OWN = Pace(delay_seconds=0, parallel=8, spare=16)
FINE = Disposition(state=State.DONE, status=200, answered=True, latency_seconds=0.1, ended_at=100.0)
SILENCE = Disposition(state=State.QUEUED, reason="connect: refused", answered=True, ended_at=100.0)


def after(*ends: Disposition, tempo: Tempo | None = None) -> Tempo:
    tempo = tempo or Tempo()
    for end in ends:
        tempo = tempo_after(tempo, end, ready_at=0.0)
    return tempo


def answer(**what: Any) -> Disposition:
    return replace(FINE, **what)


class TestLatency:
    def test_a_quick_host_rests_as_it_was_told(self) -> None:
        assert delay_seconds(PUBLIC, after(FINE, FINE)) == 0.25

    def test_a_slow_host_rests_as_long_as_it_takes(self) -> None:
        assert delay_seconds(PUBLIC, after(answer(latency_seconds=2.0))) == 2.0

    def test_one_slow_answer_counts_by_a_quarter(self) -> None:
        tempo = after(answer(latency_seconds=1.0), answer(latency_seconds=9.0))
        assert tempo.latency_seconds == 3.0
        assert after(answer(latency_seconds=1.0), tempo=tempo).latency_seconds == 2.5

    @pytest.mark.parametrize(("latency", "rest"), [(0.1, 0.25), (2.0, 2.0), (1e6, MOST_DELAY_SECONDS)])
    def test_the_last_answer_is_rested_from_in_full(self, latency: float, rest: float) -> None:
        end = answer(latency_seconds=latency)
        tempo = tempo_after(after(*[FINE] * 9), end, ready_at=0.0)
        assert delay_seconds(PUBLIC, tempo) <= rest
        assert rest_until(PUBLIC, tempo, end) == end.ended_at + rest

    @pytest.mark.parametrize("pace", [OWN, Pace(delay_seconds=5, parallel=1)])
    def test_only_an_adaptive_pace_changes(self, pace: Pace) -> None:
        tempo = after(answer(latency_seconds=9.0), answer(status=503))
        assert delay_seconds(pace, tempo) == pace.delay_seconds
        assert rest_until(pace, tempo, answer(latency_seconds=9.0)) == 100 + pace.delay_seconds

    def test_robots_txt_is_rested_from_but_not_remembered(self) -> None:
        end = held(100.0, 2.0)
        tempo = tempo_after(after(SILENCE), end, ready_at=0.0)
        assert tempo == after(SILENCE)
        assert rest_until(PUBLIC, tempo_after(Tempo(), end, ready_at=0.0), end) == 102

    def test_what_was_told_is_never_undercut(self) -> None:
        pace = Pace(delay_seconds=300, parallel=1, adapts=True)
        assert delay_seconds(pace, after(*[answer(status=503)] * 9)) == 300


class TestStrain:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_trouble_doubles(self, status: int) -> None:
        trouble = answer(status=status, latency_seconds=1.0)
        assert delay_seconds(PUBLIC, after(trouble)) == 2.0
        assert delay_seconds(PUBLIC, after(trouble, trouble)) == 4.0

    @pytest.mark.parametrize("reason", ["incomplete: cut", "robots: answered 503"])
    def test_so_does_an_answer_that_breaks(self, reason: str) -> None:
        broken = Disposition(state=State.QUEUED, reason=reason, answered=True)
        assert delay_seconds(PUBLIC, after(answer(latency_seconds=1.0), broken)) == 2.0

    @pytest.mark.parametrize("status", [200, 301, 304, 403, 404, 410])
    def test_a_refusal_is_no_trouble(self, status: int) -> None:
        assert after(answer(status=status)).strain == 1.0

    def test_there_is_a_most(self) -> None:
        tempo = after(*[answer(status=503, latency_seconds=10.0)] * 30)
        assert delay_seconds(PUBLIC, tempo) == MOST_DELAY_SECONDS

    def test_good_answers_take_it_back(self) -> None:
        strained = after(answer(status=503))
        assert 1.0 < after(*[FINE] * 6, tempo=strained).strain < 1.1
        assert after(*[FINE] * 7, tempo=strained).strain == 1.0

    def test_what_was_not_asked_says_nothing(self) -> None:
        strained = after(answer(status=503))
        assert after(Disposition(state=State.EXCLUDED, reason="robots: line 2"), tempo=strained) == strained


class TestSilence:
    def test_each_rests_the_host_twice_as_long(self) -> None:
        rests = []
        tempo = Tempo()
        for _ in range(DOWN_AFTER):
            tempo = tempo_after(tempo, SILENCE, ready_at=0.0)
            rests.append(rest_until(OWN, tempo, SILENCE) - SILENCE.ended_at)
        assert rests == [1, 2, 4, 8, 16, 0]

    @pytest.mark.parametrize("failure", sorted(SILENT))
    def test_enough_in_a_row_and_it_is_down(self, failure: str) -> None:
        silence = replace(SILENCE, reason=failure)
        assert not after(*[silence] * (DOWN_AFTER - 1)).down
        assert after(*[silence] * DOWN_AFTER).down == failure

    def test_any_answer_begins_the_row_anew(self) -> None:
        for heard in (FINE, answer(status=404), answer(status=503), answer(status=None)):
            assert after(*[SILENCE] * 5, heard, *[SILENCE] * 5).down == ""

    def test_while_it_rests_further_silence_is_the_same(self) -> None:
        """Of many requests under way when a host dies, all fail."""
        tempo = tempo_after(Tempo(), SILENCE, ready_at=0.0)
        for _ in range(50):
            tempo = tempo_after(tempo, SILENCE, ready_at=SILENCE.ended_at + 1)
        assert tempo.silences == 1

    def test_a_name_that_does_not_exist_is_down_at_once(self) -> None:
        missing = Disposition(state=State.FAILED, reason="dns: no such host", answered=True)
        assert after(missing).down == "dns: no such host"
        assert after(replace(missing, state=State.QUEUED)).silences == 1

    @pytest.mark.parametrize("failure", ["tls", "protocol", "too_large", "internal"])
    def test_other_failures_are_none(self, failure: str) -> None:
        assert after(*[replace(SILENCE, reason=failure)] * 9) == Tempo()

    def test_a_new_run_gives_it_another_chance_a_shorter_one(self) -> None:
        tempo = in_a_new_run(after(*[SILENCE] * DOWN_AFTER))
        assert not tempo.down
        assert not after(*[SILENCE] * 2, tempo=tempo).down
        assert after(*[SILENCE] * 3, tempo=tempo).down


class TestLeases:
    def test_as_many_as_it_was_told_and_the_spare_ones(self) -> None:
        assert leases_at_once(OWN, Tempo()) == 24

    def test_one_while_it_rests_or_is_silent(self) -> None:
        assert leases_at_once(PUBLIC, Tempo()) == 1
        assert leases_at_once(OWN, after(SILENCE)) == 1

    def test_many_when_nothing_is_asked(self) -> None:
        assert leases_at_once(PUBLIC, after(*[SILENCE] * DOWN_AFTER)) > 1


ENDS = st.builds(
    Disposition,
    state=st.sampled_from([State.DONE, State.FAILED, State.QUEUED]),
    status=st.none() | st.integers(100, 599),
    reason=st.sampled_from(["", "connect: x", "timeout", "dns", "incomplete", "robots: y"]),
    answered=st.booleans(),
    latency_seconds=st.none() | st.floats(0, 1000),
    ended_at=st.floats(0, 1e9),
)


@given(st.lists(ENDS, max_size=30))
def test_whatever_a_host_does_its_delay_stays_within_bounds(ends: list[Disposition]) -> None:
    tempo = after(*ends)
    assert PUBLIC.delay_seconds <= delay_seconds(PUBLIC, tempo) <= MOST_DELAY_SECONDS
    assert bool(tempo.down) == (tempo.silences >= DOWN_AFTER)
    for end in ends:
        assert rest_until(PUBLIC, tempo, end) <= max(end.host_ready_at, end.ended_at + MOST_DELAY_SECONDS)
