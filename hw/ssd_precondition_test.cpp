#include <gtest/gtest.h>

#include <array>

#include "hw/ssd_ftl.hpp"

namespace blkpath {
namespace {

using Unit = SsdFtl::Unit;

// 4 dies of 128 blocks of 256 pages of 4 units: 2 GiB at 4 KiB, over-provisioned by a quarter.
constexpr SsdFtl::Shape kShape{
    .dies = 4, .blocks = 128, .pages = 256, .page_units = 4, .logical_units = 419'430, .gc_start = 3};

SsdFtl preconditioned(Precondition how, std::uint64_t seed = 1) {
  SsdFtl ftl(kShape);
  Random random(seed, "ssd");
  precondition(ftl, how, random);
  return ftl;
}
/// Of random writes, as many as `drives` times the capacity.
double write_amplification(SsdFtl& ftl, double drives, Random& random) {
  ftl.reset_counts();
  const auto pages = static_cast<std::uint32_t>(drives * kShape.logical_units / 4);
  for (std::uint32_t i = 0; i < pages; ++i) {
    while (ftl.gc_behind(i % 4) || !ftl.can_write(i % 4)) ftl.gc_step(i % 4);
    std::array<Unit, 4> page;
    for (Unit& unit : page) unit = static_cast<Unit>(random.below(kShape.logical_units));
    ftl.write(i % 4, page);
  }
  return ftl.write_amplification();
}

TEST(SsdPrecondition, SequentialDealsPagesToTheDiesInTurn) {
  const SsdFtl ftl = preconditioned(Precondition::sequential);
  for (Unit unit = 0; unit < kShape.logical_units; ++unit) {
    ASSERT_EQ(ftl.die_of(ftl.where(unit)), unit / 4 % 4);
    ASSERT_EQ(ftl.where(unit) % 4, unit % 4);
  }
  EXPECT_EQ(ftl.counts().host_units, 0u) << "what was done before the start is not counted";
}

TEST(SsdPrecondition, RandomLeavesEveryUnitInTheFlash) {
  const SsdFtl ftl = preconditioned(Precondition::random);
  std::size_t valid = 0;
  for (std::uint32_t d = 0; d < kShape.dies; ++d)
    for (std::uint32_t b = 0; b < kShape.blocks; ++b) valid += ftl.valid(d, b);
  EXPECT_EQ(valid, kShape.logical_units);
  for (Unit unit = 0; unit < kShape.logical_units; ++unit) ASSERT_TRUE(SsdFtl::in_flash(ftl.where(unit)));
}

// A drive that was filled in order and overwritten eight times has reached the same state the long way.
TEST(SsdPrecondition, RandomIsTheStateThatRandomWritesLeadTo) {
  SsdFtl settled = preconditioned(Precondition::random);
  SsdFtl worn_in = preconditioned(Precondition::sequential);
  Random random(1, "more");
  write_amplification(worn_in, 8, random);
  const double want = write_amplification(worn_in, 2, random);
  const double start = write_amplification(settled, 0.25, random);
  EXPECT_NEAR(start / want, 1, 0.02);
  EXPECT_NEAR(write_amplification(settled, 2, random) / start, 1, 0.01) << "and it stays there";
}

TEST(SsdPrecondition, NothingIsLeftForTheCollectorToDo) {
  const SsdFtl ftl = preconditioned(Precondition::random);
  for (std::uint32_t d = 0; d < kShape.dies; ++d) EXPECT_FALSE(ftl.gc_behind(d));
}

TEST(SsdPrecondition, TheSeedDecides) {
  const SsdFtl one = preconditioned(Precondition::random, 1), same = preconditioned(Precondition::random, 1),
               other = preconditioned(Precondition::random, 2);
  std::size_t differ = 0;
  for (Unit unit = 0; unit < kShape.logical_units; ++unit) {
    ASSERT_EQ(one.where(unit), same.where(unit));
    differ += one.where(unit) != other.where(unit);
  }
  EXPECT_GT(differ, kShape.logical_units / 2);
}

}  // namespace
}  // namespace blkpath
