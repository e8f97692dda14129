#include "model/page_index.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

/// One access to a page, as a read does it. @return whether it was cached
bool access(PageIndex& index, Page page) {
  const PageIndex::Frame f = index.find(page);
  const bool hit = f != PageIndex::kNone;
  index.touch(hit ? f : index.insert(page));
  return hit;
}

TEST(PageIndex, TheOldestPageLeavesFirst) {
  PageIndex index({3, 1, false});
  for (const Page p : {1, 2, 3, 4}) index.insert(p);
  EXPECT_EQ(index.find(1), PageIndex::kNone);
  for (const Page p : {2, 3, 4}) EXPECT_NE(index.find(p), PageIndex::kNone);
  EXPECT_EQ(index.size(), 3);
}

TEST(PageIndex, ADirtyPageStaysAndTheOldestCleanOneLeaves) {
  PageIndex index({3, 1, false});
  for (const Page p : {1, 2, 3}) index.insert(p);
  index.write({1, 1}, false);
  index.insert(4);
  EXPECT_NE(index.find(1), PageIndex::kNone);
  EXPECT_EQ(index.find(2), PageIndex::kNone);
}

TEST(PageIndex, GrowsPastItsCapacityWhenAllIsPinnedAndShrinksAgain) {
  PageIndex index({4, 1, false});
  for (Page p = 0; p < 10; ++p) index.write({p, 1}, false);
  EXPECT_EQ(index.size(), 10);
  index.unpin({0, 10});
  index.insert(10);
  EXPECT_EQ(index.size(), 4);
}

TEST(PageIndex, AWriteAddsWhatIsMissingAndPinsAllOfIt) {
  PageIndex index({8, 1, false});
  index.insert(3);
  index.write({2, 5}, false);
  EXPECT_EQ(index.size(), 5);
  for (Page p = 2; p < 7; ++p) EXPECT_TRUE(index.pinned(index.find(p)));
  index.unpin({2, 4});
  EXPECT_FALSE(index.pinned(index.find(5)));
  EXPECT_TRUE(index.pinned(index.find(6)));
}

TEST(PageIndex, AWriteMayTakeThePlaceOfItsOwnNeighbours) {
  PageIndex index({4, 1, false});
  for (const Page p : {4, 5, 6, 8}) index.insert(p);
  index.write({6, 3}, false);  // page 7 is missing: 4 leaves, of the group that is being written
  EXPECT_EQ(index.find(4), PageIndex::kNone);
  for (const Page p : {6, 7, 8}) EXPECT_NE(index.find(p), PageIndex::kNone);
}

TEST(PageIndex, ThreeAccessesPromote) {
  PageIndex index({8, 1, false});
  const PageIndex::Frame f = index.insert(7);  // inactive, unreferenced
  index.touch(f);                              // inactive, referenced: the read that missed
  EXPECT_FALSE(index.active(f));
  index.touch(f);
  EXPECT_TRUE(index.active(f));
}

TEST(PageIndex, ActivePagesAreTakenBackWhenTheyOutnumberTheInactive) {
  PageIndex index({8, 1, false});
  for (Page p = 0; p < 8; ++p) {
    access(index, p);
    access(index, p);
  }
  EXPECT_EQ(index.active_size(), 8);
  index.insert(8);
  EXPECT_LE(index.active_size(), 4);
  EXPECT_EQ(index.find(0), PageIndex::kNone);
}

TEST(PageIndex, ALoopLargerThanTheCacheNeverHits) {
  PageIndex index({100, 1, false});
  int hits = 0;
  for (int i = 0; i < 1010; ++i) hits += access(index, i % 101);
  EXPECT_EQ(hits, 0);
}

/// On paper, capacity 3, 1 2 3 1 4 1 5 2: page 1 is active after its second access, 2 leaves for 4, 3 for 5.
TEST(PageIndex, AKnownSequenceHitsAsWorkedOutByHand) {
  PageIndex index({3, 1, false});
  std::vector<bool> hits;
  for (const Page p : {1, 2, 3, 1, 4, 1, 5, 2}) hits.push_back(access(index, p));
  EXPECT_EQ(hits, (std::vector<bool>{false, false, false, true, false, true, false, false}));
}

TEST(PageIndex, UniformAccessHitsInProportionToTheCache) {
  PageIndex index({2500, 1, false});
  Random random(3, "uniform");
  int hits = 0;
  constexpr int kWarm = 50000, kRuns = 200000;
  for (int i = 0; i < kWarm + kRuns; ++i)
    hits += access(index, static_cast<Page>(random.below(10000))) && i >= kWarm;
  EXPECT_NEAR(hits / double{kRuns}, 0.25, 0.01);
}

TEST(PageIndex, APageThatComesBackSoonIsActivated) {
  PageIndex index({8, 1, true});
  for (Page p = 0; p < 4; ++p) {
    access(index, p);
    access(index, p);  // 4 active
  }
  for (Page p = 10; p < 15; ++p) access(index, p);  // the fifth evicts page 10
  ASSERT_EQ(index.find(10), PageIndex::kNone);
  const PageIndex::Frame f = index.insert(10);
  EXPECT_TRUE(index.active(f));
}

TEST(PageIndex, AgreesWithASetUnderInsertionsAndDeletions) {
  PageIndex index({1 << 20, 1, false});
  std::unordered_set<Page> set;
  Random random(4, "ops");
  for (int i = 0; i < 300000; ++i) {
    const Page page = static_cast<Page>(random.below(3000) + (random.below(4) << 31));
    const PageIndex::Frame f = index.find(page);
    ASSERT_EQ(f != PageIndex::kNone, set.count(page) == 1);
    if (f == PageIndex::kNone) {
      ASSERT_EQ(index.page(index.insert(page)), page);
      set.insert(page);
    } else {
      ASSERT_EQ(index.page(f), page);
      index.erase(f);
      set.erase(page);
    }
  }
  EXPECT_EQ(index.size(), static_cast<std::int64_t>(set.size()));
}

}  // namespace
}  // namespace blkpath
