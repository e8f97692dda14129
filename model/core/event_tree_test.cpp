#include "model/core/event_tree.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

Instant at(std::int64_t ns) { return Instant{Time{ns}}; }

std::vector<Slot> drain(EventTree& tree) {
  std::vector<Slot> fired;
  while (!tree.empty()) {
    fired.push_back(tree.next_slot());
    tree.clear(tree.next_slot());
  }
  return fired;
}

TEST(EventTree, NewTreeIsEmpty) { EXPECT_TRUE(EventTree().empty()); }

TEST(EventTree, EventsFireInOrderOfTime) {
  EventTree tree;
  tree.grow(4);
  tree.set(0, at(30));
  tree.set(1, at(10));
  tree.set(2, at(40));
  tree.set(3, at(20));
  EXPECT_EQ(drain(tree), (std::vector<Slot>{1, 3, 0, 2}));
}

TEST(EventTree, EventsAtOneInstantFireInOrderOfSlot) {
  EventTree tree;
  tree.grow(8);
  for (const Slot s : {5u, 0u, 7u, 3u}) tree.set(s, at(10));
  EXPECT_EQ(drain(tree), (std::vector<Slot>{0, 3, 5, 7}));
}

TEST(EventTree, SettingAgainMovesTheEventEitherWay) {
  EventTree tree;
  tree.set(0, at(10));
  tree.set(1, at(20));
  tree.set(0, at(30));
  EXPECT_EQ(tree.next_slot(), 1u);
  tree.set(0, at(5));
  EXPECT_EQ(tree.next_slot(), 0u);
  EXPECT_EQ(tree.next_time(), at(5));
}

TEST(EventTree, GrowthKeepsPendingEvents) {
  EventTree tree;
  for (Slot s = 0; s < 1000; ++s) {
    tree.grow(s + 1);
    tree.set(s, at(1'000'000 - s));
  }
  const std::vector<Slot> fired = drain(tree);
  ASSERT_EQ(fired.size(), 1000u);
  for (Slot i = 0; i < 1000; ++i) EXPECT_EQ(fired[i], 999 - i);
}

TEST(EventTree, LastSlotAtTheLastInstantIsStillAnEvent) {
  EventTree tree;
  tree.grow(EventTree::kMaxSlots);
  tree.set(EventTree::kMaxSlots - 1, Instant{EventTree::kMaxTime});
  ASSERT_FALSE(tree.empty());
  EXPECT_TRUE(tree.pending(EventTree::kMaxSlots - 1));
  EXPECT_EQ(tree.next_slot(), EventTree::kMaxSlots - 1);
  EXPECT_EQ(tree.next_time(), Instant{EventTree::kMaxTime});
}

TEST(EventTree, AgreesWithASortedSetOverRandomOperations) {
  Random random(1, "operations");
  EventTree tree;
  std::set<std::pair<std::int64_t, Slot>> sorted;
  std::vector<std::int64_t> due;  // by slot, -1 when none
  for (int i = 0; i < 100'000; ++i) {
    if (due.size() < 200 && random.below(100) == 0) {
      due.push_back(-1);
      tree.grow(static_cast<Slot>(due.size()));
    }
    if (due.empty()) continue;
    const auto slot = static_cast<Slot>(random.below(due.size()));
    sorted.erase({due[slot], slot});
    if (random.below(3) == 0) {
      due[slot] = -1;
      tree.clear(slot);
    } else {
      due[slot] = static_cast<std::int64_t>(random.below(500));  // few instants, so that many events tie
      sorted.emplace(due[slot], slot);
      tree.set(slot, at(due[slot]));
    }
    ASSERT_EQ(tree.empty(), sorted.empty());
    if (sorted.empty()) continue;
    ASSERT_EQ(tree.next_time(), at(sorted.begin()->first));
    ASSERT_EQ(tree.next_slot(), sorted.begin()->second);
  }
}

}  // namespace
}  // namespace blkpath
