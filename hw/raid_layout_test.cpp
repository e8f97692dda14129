#include "hw/raid_layout.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <vector>

namespace blkpath::test {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> members_of(const RaidLayout& layout, std::int64_t stripe) {
  std::vector<std::int64_t> all;
  for (std::int64_t c = 0; c < layout.columns(); ++c) all.push_back(layout.data(stripe, c));
  for (int k = 0; k < layout.parities(); ++k) all.push_back(layout.parity(stripe, k));
  return all;
}

// raid5.c, ALGORITHM_LEFT_SYMMETRIC of level 6: pd = n - 1 - stripe % n, qd = pd + 1, data from pd + 2 on,
// all modulo n. Each row here: data, P, Q.
TEST(RaidLayout, Raid6IsLeftSymmetric) {
  const RaidLayout layout(RaidLevel::raid6, 5, 64_KiB);
  EXPECT_THAT(members_of(layout, 0), ElementsAre(1, 2, 3, 4, 0));
  EXPECT_THAT(members_of(layout, 1), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(members_of(layout, 2), ElementsAre(4, 0, 1, 2, 3));
  EXPECT_THAT(members_of(layout, 4), ElementsAre(2, 3, 4, 0, 1));
  EXPECT_EQ(members_of(layout, 5), members_of(layout, 0));
}

TEST(RaidLayout, AStripeIsOneChunkOfEachMember) {
  for (const RaidLevel level : {RaidLevel::raid0, RaidLevel::raid5, RaidLevel::raid6}) {
    const RaidLayout layout(level, 7, 64_KiB);
    for (std::int64_t stripe = 0; stripe < 14; ++stripe) {
      const std::vector<std::int64_t> all = members_of(layout, stripe);
      EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), 7u) << enum_name(level) << stripe;
      EXPECT_GE(*std::min_element(all.begin(), all.end()), 0);
      EXPECT_LE(*std::max_element(all.begin(), all.end()), 6);
    }
  }
}

// 20 TB and a little, in stripes of 3 x 64 KiB: 2e13 = 101,725,260 stripes and 81,920 bytes (chunk 1, 16,384
// bytes in). The extent ends 5,000 bytes on.
TEST(RaidLayout, AddressesPast32Bits) {
  const RaidLayout layout(RaidLevel::raid5, 4, 64_KiB);
  std::vector<StripeExtent> all;
  layout.for_stripes(20'000'000'000'000, 5000, [&](const StripeExtent& e) { all.push_back(e); });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].stripe, 101'725'260);
  EXPECT_EQ(all[0].begin, 81'920);
  EXPECT_EQ(all[0].end, 86'920);
  int columns = 0;
  layout.for_columns(all[0], [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
    ++columns;
    EXPECT_EQ(column, 1);
    EXPECT_EQ(begin, 16'384);
    EXPECT_EQ(end, 21'384);
  });
  EXPECT_EQ(columns, 1);
}

TEST(RaidLayout, HoldsWhatTheLevelLeavesOfTheDisks) {
  const Bytes each = 64_KiB * 10 + Bytes{512};
  const auto chunks = [&](RaidLevel level, std::int64_t members) {
    return RaidLayout(level, members, 64_KiB).capacity(each) / 64_KiB;
  };
  EXPECT_EQ(chunks(RaidLevel::raid0, 6), 60);
  EXPECT_EQ(chunks(RaidLevel::raid10, 6), 30);
  EXPECT_EQ(chunks(RaidLevel::raid5, 6), 50);
  EXPECT_EQ(chunks(RaidLevel::raid6, 6), 40);
  EXPECT_EQ(RaidLayout(RaidLevel::raid1, 6, 64_KiB).capacity(each), each);
}

}  // namespace
}  // namespace blkpath::test
