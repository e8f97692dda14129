#include "model/dirty_map.hpp"

#include <gtest/gtest.h>

#include <set>

#include "model/core/random.hpp"

namespace blkpath {
namespace {

TEST(DirtyMap, CountsOnlyPagesThatWereClean) {
  DirtyMap map;
  EXPECT_EQ(map.set({10, 4}), 4);
  EXPECT_EQ(map.set({12, 4}), 2);
  EXPECT_EQ(map.count(), 6);
  EXPECT_EQ(map.clear({0, 11}), 1);
  EXPECT_EQ(map.clear({0, 1 << 20}), 5);
  EXPECT_TRUE(map.empty());
}

TEST(DirtyMap, RunsCrossWordsAndLeavesAndAreCutToTheMaximum) {
  DirtyMap map;
  map.set({4000, 5000});
  EXPECT_EQ(map.next_run(0, 1 << 20), (PageRange{4000, 5000}));
  EXPECT_EQ(map.next_run(5000, 128), (PageRange{5000, 128}));
  EXPECT_EQ(map.next_run(8999, 128), (PageRange{8999, 1}));
  EXPECT_TRUE(map.next_run(9000, 128).empty());
}

TEST(DirtyMap, FindsTheLastPageOf16TB) {
  DirtyMap map;
  const Page last = (std::int64_t{16} << 40 >> kPageShift) - 1;
  map.set({last, 1});
  map.set({3, 1});
  EXPECT_TRUE(map.test(last));
  EXPECT_FALSE(map.test(last - 1));
  EXPECT_EQ(map.next_run(4, 8), (PageRange{last, 1}));
  EXPECT_LT(map.footprint(), 16384u);
}

TEST(DirtyMap, MemoryFollowsTheSetAndNotTheVolume) {
  DirtyMap map;
  Random random(1, "pages");
  std::size_t after_first = 0;
  for (int i = 0; i < 200000; ++i) {
    const Page page = static_cast<Page>(random.below(std::uint64_t{1} << 32));
    map.set({page, 4});
    const PageRange run = map.next_run(0, 4);
    if (i >= 100) map.clear(run);
    if (i == 1000) after_first = map.footprint();
  }
  EXPECT_LE(map.footprint(), after_first);
}

TEST(DirtyMap, AgreesWithAnOrderedSet) {
  Random random(2, "ops");
  for (const std::uint64_t span : {200u, 20000u, 3000000u}) {
    DirtyMap map;
    std::set<Page> set;
    for (int i = 0; i < 20000; ++i) {
      const PageRange range{static_cast<Page>(random.below(span)),
                            static_cast<std::int64_t>(1 + random.below(150))};
      const std::uint64_t what = random.below(4);
      std::int64_t changed = 0;
      if (what == 0) {
        for (Page p = range.first; p < range.end(); ++p) changed += set.insert(p).second;
        ASSERT_EQ(map.set(range), changed);
      } else if (what == 1) {
        for (Page p = range.first; p < range.end(); ++p) changed += static_cast<std::int64_t>(set.erase(p));
        ASSERT_EQ(map.clear(range), changed);
      } else {
        const auto at = set.lower_bound(range.first);
        PageRange expected{};
        if (at != set.end()) expected = {*at, 0};
        for (auto p = at; p != set.end() && *p == expected.end() && expected.count < range.count; ++p)
          ++expected.count;
        ASSERT_EQ(map.next_run(range.first, range.count), expected);
        ASSERT_EQ(map.test(range.first), set.count(range.first) == 1);
        ASSERT_EQ(map.any(range), at != set.end() && *at < range.end());
      }
      ASSERT_EQ(map.count(), static_cast<std::int64_t>(set.size()));
    }
  }
}

TEST(DirtyMap, RemembersTheOldestStampOfWhatIsLeft) {
  DirtyMap map;
  EXPECT_EQ(map.oldest(), DirtyMap::kNoStamp);
  map.set({0, 4}, 100);
  map.set({64, 4}, 50);
  map.set({65, 1}, 10);  // the 64 pages held something: their stamp stays
  EXPECT_EQ(map.oldest(), 50u);
  map.clear({64, 64});
  EXPECT_EQ(map.oldest(), 100u);
}

}  // namespace
}  // namespace blkpath
