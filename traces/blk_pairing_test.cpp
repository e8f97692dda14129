#include "traces/blk_pairing.hpp"

#include <gmock/gmock.h>

#include "traces/test/blk_events.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;

constexpr Time kUnknown = IoRecord::kUnknown;

TEST(BlkPairing, OneRequestHasAllItsTimes) {
  const auto all = paired({event(10ns, 'Q', 100, 8), event(12ns, 'G', 100, 8), event(15ns, 'I', 100, 8),
                           event(20ns, 'D', 100, 8), event(90ns, 'C', 100, 8)});
  IoRecord r;
  r.issued = 10ns;
  r.allocated = 12ns;
  r.inserted = 15ns;
  r.submitted = 20ns;
  r.completed = 90ns;
  r.offset = 51'200;
  r.length = 4'096;
  r.result = 4'096;
  r.device = 8'388'624;
  r.job = 3;
  EXPECT_THAT(all, ElementsAre(r));
}

TEST(BlkPairing, ABackMergeIsServedWithItsRequest) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'G', 100, 8), event(3ns, 'Q', 108, 8),
                           event(4ns, 'M', 108, 8), event(5ns, 'I', 100, 16), event(6ns, 'D', 100, 16),
                           event(9ns, 'C', 100, 16)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].flags, 0);
  EXPECT_EQ(all[1].flags, IoRecord::kMerged);
  EXPECT_EQ(all[1].allocated, kUnknown);
  EXPECT_EQ(all[1].inserted, 5ns);
  EXPECT_EQ(all[1].submitted, 6ns);
  EXPECT_EQ(all[1].completed, 9ns);
  EXPECT_EQ(all[1].result, 4'096);
}

TEST(BlkPairing, AFrontMergeIsServedWithItsRequest) {
  const auto all = paired({event(1ns, 'Q', 108, 8), event(2ns, 'G', 108, 8), event(3ns, 'I', 108, 8),
                           event(4ns, 'Q', 100, 8), event(5ns, 'F', 100, 8), event(6ns, 'D', 100, 16),
                           event(9ns, 'C', 100, 16)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].offset, 108 * 512);
  EXPECT_EQ(all[0].flags, 0);
  EXPECT_EQ(all[1].flags, IoRecord::kMerged);
  EXPECT_EQ(all[1].inserted, kUnknown);  // merged into a request that the scheduler had already
  EXPECT_EQ(all[1].submitted, 6ns);
  EXPECT_EQ(all[1].completed, 9ns);
}

TEST(BlkPairing, TwoMergesGrowARequestAtBothEnds) {
  const auto all = paired({event(1ns, 'Q', 108, 8), event(2ns, 'G', 108, 8), event(3ns, 'Q', 116, 8),
                           event(3ns, 'M', 116, 8), event(4ns, 'Q', 100, 8), event(4ns, 'F', 100, 8),
                           event(5ns, 'I', 100, 24), event(6ns, 'D', 100, 24), event(7ns, 'C', 100, 24)});
  ASSERT_EQ(all.size(), 3u);
  for (const IoRecord& r : all) {
    EXPECT_EQ(r.inserted, 5ns);
    EXPECT_EQ(r.submitted, 6ns);
    EXPECT_EQ(r.completed, 7ns);
  }
  EXPECT_EQ(all[0].flags, 0);
  EXPECT_EQ(all[1].flags, IoRecord::kMerged);
  EXPECT_EQ(all[2].flags, IoRecord::kMerged);
}

TEST(BlkPairing, TwoRequestsThatBecomeOneKeepTheirAllocation) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'G', 100, 8), event(3ns, 'Q', 108, 8),
                           event(4ns, 'G', 108, 8), event(5ns, 'M', 108, 8), event(6ns, 'D', 100, 16),
                           event(7ns, 'C', 100, 16)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].allocated, 4ns);
  EXPECT_EQ(all[1].flags, IoRecord::kMerged);
}

TEST(BlkPairing, TheLastIssueOfARequeuedRequestCounts) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'G', 100, 8), event(3ns, 'I', 100, 8),
                           event(4ns, 'D', 100, 8), event(5ns, 'R', 100, 8), event(6ns, 'I', 100, 8),
                           event(7ns, 'D', 100, 8), event(9ns, 'C', 100, 8)});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].inserted, 3ns);
  EXPECT_EQ(all[0].submitted, 7ns);
  EXPECT_EQ(all[0].completed, 9ns);
}

TEST(BlkPairing, RecordsComeInTheOrderOfQueueing) {
  BlkPairing pairing;
  IoRecord r;
  for (const BlkEvent& e : {event(1ns, 'Q', 100, 8), event(2ns, 'Q', 200, 8), event(3ns, 'D', 200, 8),
                            event(4ns, 'C', 200, 8), event(5ns, 'D', 100, 8)})
    pairing.add(e);
  EXPECT_FALSE(pairing.next(r));  // the second is done, the first is not
  pairing.add(event(6ns, 'C', 100, 8));
  ASSERT_TRUE(pairing.next(r));
  EXPECT_EQ(r.completed, 6ns);
  ASSERT_TRUE(pairing.next(r));
  EXPECT_EQ(r.completed, 4ns);
}

TEST(BlkPairing, ARequestWithoutCompletionIsGivenAtTheEnd) {
  std::vector<std::string> notes;
  const auto all =
      paired({event(1ns, 'Q', 100, 8), event(2ns, 'G', 100, 8), event(3ns, 'D', 100, 8)}, &notes);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].submitted, 3ns);
  EXPECT_FALSE(all[0].done());
  EXPECT_EQ(all[0].result, IoRecord::kNoResult);
  EXPECT_THAT(notes, ElementsAre("1 requests have no completion in the trace"));
}

TEST(BlkPairing, ARequestCompletesWithItsLastPart) {
  const auto all = paired(
      {event(1ns, 'Q', 100, 8), event(2ns, 'D', 100, 8), event(3ns, 'C', 100, 6), event(5ns, 'C', 106, 2)});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].completed, 5ns);
  EXPECT_EQ(all[0].result, 4'096);
}

TEST(BlkPairing, OneCompletionEndsSomeBiosOfARequestAndAPartOfTheNext) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(1ns, 'G', 100, 8), event(2ns, 'Q', 108, 8),
                           event(2ns, 'M', 108, 8), event(3ns, 'D', 100, 16), event(4ns, 'C', 100, 12),
                           event(6ns, 'C', 112, 4)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].completed, 4ns);
  EXPECT_EQ(all[1].completed, 6ns);
}

TEST(BlkPairing, ASplitBioIsDoneWithBothHalves) {
  // X says nothing that the halves' own events do not; it does not reach the pairing.
  const auto all =
      paired({event(1ns, 'Q', 0, 16), event(2ns, 'G', 0, 8), event(3ns, 'G', 8, 8), event(4ns, 'D', 0, 8),
              event(5ns, 'D', 8, 8), event(8ns, 'C', 8, 8), event(9ns, 'C', 0, 8)});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].allocated, 2ns);
  EXPECT_EQ(all[0].submitted, 4ns);
  EXPECT_EQ(all[0].completed, 9ns);
  EXPECT_EQ(all[0].flags, 0);
}

TEST(BlkPairing, AnErrorIsTheResult) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'D', 100, 8), event(3ns, 'C', 100, 4),
                           failed(event(4ns, 'C', 104, 4), 5)});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].completed, 4ns);
  EXPECT_EQ(all[0].result, -5);
}

TEST(BlkPairing, AFlushServesAllThatWaitedWhenItWasIssued) {
  const auto all =
      paired({flush(1ns, 'Q'), flush(2ns, 'G'), flush(3ns, 'Q'), flush(4ns, 'G'), flush(5ns, 'D'),
              flush(6ns, 'Q'), flush(7ns, 'G'), flush(10ns, 'C'), flush(11ns, 'D'), flush(20ns, 'C')});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].op, Op::flush);
  EXPECT_EQ(all[0].offset, IoRecord::kNoOffset);
  EXPECT_EQ(all[0].result, 0);
  EXPECT_EQ(all[1].allocated, 4ns);
  EXPECT_EQ(all[1].submitted, 5ns);
  EXPECT_EQ(all[1].completed, 10ns);
  EXPECT_EQ(all[2].submitted, 11ns);
  EXPECT_EQ(all[2].completed, 20ns);
}

TEST(BlkPairing, FlushCommandsThatOverlapEndInTheirOrder) {
  const auto all = paired(
      {flush(1ns, 'Q'), flush(2ns, 'D'), flush(3ns, 'Q'), flush(4ns, 'D'), flush(5ns, 'C'), flush(6ns, 'C')});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].completed, 5ns);
  EXPECT_EQ(all[1].completed, 6ns);
}

TEST(BlkPairing, ABioBasedDeviceHasNoRequests) {
  const auto all =
      paired({event(1ns, 'Q', 100, 8), flush(2ns, 'Q'), event(5ns, 'C', 100, 8), flush(6ns, 'C')});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].completed, 5ns);
  EXPECT_EQ(all[0].submitted, kUnknown);
  EXPECT_EQ(all[1].completed, 6ns);
}

TEST(BlkPairing, OfTwoWithTheSameSectorsTheFirstIsServedFirst) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'Q', 100, 8), event(3ns, 'D', 100, 8),
                           event(4ns, 'D', 100, 8), event(5ns, 'C', 100, 8), event(6ns, 'C', 100, 8)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].submitted, 3ns);
  EXPECT_EQ(all[0].completed, 5ns);
  EXPECT_EQ(all[1].submitted, 4ns);
  EXPECT_EQ(all[1].completed, 6ns);
}

TEST(BlkPairing, OverlappingRangesOfOtherBiosAreLeftAlone) {
  const auto all = paired({event(1ns, 'Q', 100, 16), event(2ns, 'Q', 108, 16), event(3ns, 'D', 108, 16),
                           event(4ns, 'D', 100, 16), event(5ns, 'C', 108, 16), event(7ns, 'C', 100, 16)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].submitted, 4ns);
  EXPECT_EQ(all[0].completed, 7ns);
  EXPECT_EQ(all[1].submitted, 3ns);
  EXPECT_EQ(all[1].completed, 5ns);
}

TEST(BlkPairing, DirectionAndDeviceTellRequestsApart) {
  BlkEvent elsewhere = event(3ns, 'Q', 100, 8);
  elsewhere.device = 9 << 20;
  std::vector<std::string> notes;
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'Q', 100, 8, Op::write), elsewhere,
                           event(5ns, 'C', 100, 8, Op::write), event(6ns, 'C', 100, 8, Op::trim)},
                          &notes);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FALSE(all[0].done());
  EXPECT_EQ(all[1].completed, 5ns);
  EXPECT_FALSE(all[2].done());
  EXPECT_THAT(notes, ElementsAre("2 requests have no completion in the trace",
                                 "1 completions are of requests queued before the trace began"));
}

TEST(BlkPairing, PastTheLimitTheOldestIsGivenAsItIs) {
  BlkPairing pairing;
  IoRecord r;
  constexpr auto kOpen = static_cast<std::int64_t>(BlkPairing::kOpen);
  for (std::int64_t i = 0; i < kOpen - 1; ++i) {
    pairing.add(event(Time{i}, 'Q', 8 * i, 8));
    ASSERT_FALSE(pairing.next(r)) << i;
  }
  pairing.add(event(Time{kOpen - 1}, 'Q', 8 * (kOpen - 1), 8));
  ASSERT_TRUE(pairing.next(r));
  EXPECT_EQ(r.issued, 0ns);
  EXPECT_FALSE(r.done());
  EXPECT_FALSE(pairing.next(r));
  pairing.add(event(1s, 'C', 0, 8));  // too late
  pairing.add(event(2s, 'C', 8, 8));
  ASSERT_TRUE(pairing.next(r));
  EXPECT_EQ(r.completed, 2s);
  EXPECT_THAT(
      pairing.notes(),
      ElementsAre("1 requests had no completion when 65536 had been queued since, and were given without",
                  "1 completions are of requests queued before the trace began"));
}

}  // namespace
}  // namespace blkpath
