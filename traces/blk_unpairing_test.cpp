#include "traces/blk_unpairing.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "traces/test/blk_events.hpp"

namespace blkpath {
namespace {

std::vector<BlkEvent> events_of(const std::vector<IoRecord>& records) {
  BlkUnpairing unpairing;
  for (const IoRecord& r : records) unpairing.add(r);
  std::vector<BlkEvent> events;
  for (BlkEvent e; unpairing.next(e, true);) events.push_back(e);
  return events;
}

std::string letters(const std::vector<BlkEvent>& events) {
  std::string letters;
  for (const BlkEvent& e : events) letters += static_cast<char>(e.action);
  return letters;
}

TEST(BlkUnpairing, MergedBiosShareTheEventsOfTheirRequest) {
  const auto all = paired({event(1ns, 'Q', 108, 8), event(2ns, 'G', 108, 8), event(3ns, 'Q', 116, 8),
                           event(3ns, 'M', 116, 8), event(4ns, 'Q', 100, 8), event(4ns, 'F', 100, 8),
                           event(5ns, 'I', 100, 24), event(6ns, 'D', 100, 24), event(7ns, 'C', 100, 24)});
  const auto events = events_of(all);
  EXPECT_EQ(letters(events), "QGQMQMIDC");
  EXPECT_EQ(events.back().offset, 100 * 512);
  EXPECT_EQ(events.back().bytes, 24u * 512);
  EXPECT_EQ(paired(events), all);
}

TEST(BlkUnpairing, NeighboursThatWereNotMergedStayApart) {
  const auto all = paired({event(1ns, 'Q', 100, 8), event(2ns, 'Q', 108, 8), event(3ns, 'D', 100, 8),
                           event(3ns, 'D', 108, 8), event(4ns, 'C', 100, 8), event(4ns, 'C', 108, 8)});
  EXPECT_EQ(letters(events_of(all)), "QQDDCC");
}

TEST(BlkUnpairing, RecordsOutOfOrderComeOutInOrder) {
  auto all = paired(
      {event(1ns, 'Q', 100, 8), event(2ns, 'Q', 200, 8), event(3ns, 'C', 200, 8), event(4ns, 'C', 100, 8)});
  const std::vector<IoRecord> in_order = all;
  std::swap(all[0], all[1]);
  EXPECT_EQ(letters(events_of(all)), "QQCC");
  EXPECT_EQ(paired(events_of(all)), in_order);
}

TEST(BlkUnpairing, AnIssueIsNotLaterThanTheCompletion) {
  IoRecord r;  // a replay: the submitting call returned at 9, the completion had come at 7
  r.issued = 1ns;
  r.submitted = 9ns;
  r.completed = 7ns;
  r.offset = 0;
  r.length = 512;
  const auto events = events_of({r});
  EXPECT_EQ(letters(events), "QDC");
  EXPECT_EQ(events[1].time, 7ns);
}

TEST(BlkUnpairing, WhatIsNoWholeSectorIsRefused) {
  IoRecord r;
  r.offset = 100;
  r.length = 512;
  EXPECT_THROW(events_of({r}), BadRecord);
  r.offset = 512;
  r.length = 0;
  EXPECT_THROW(events_of({r}), BadRecord);
  r.length = 512;
  r.issued = -1ns;
  EXPECT_THROW(events_of({r}), BadRecord);
  r.issued = 5ns;
  r.completed = 4ns;
  EXPECT_THROW(events_of({r}), BadRecord);
  r.completed = 5ns;
  EXPECT_EQ(letters(events_of({r})), "QC");
}

}  // namespace
}  // namespace blkpath
