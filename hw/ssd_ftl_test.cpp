#include "hw/ssd_ftl.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>

namespace blkpath {
namespace {

using testing::ElementsAre;
using Unit = SsdFtl::Unit;
using Step = SsdFtl::GcStep;

// One die of 8 blocks of 4 pages of 2 units, for 40 units. It collects when fewer than 3
// blocks are free.
constexpr SsdFtl::Shape kSmall{
    .dies = 1, .blocks = 8, .pages = 4, .page_units = 2, .logical_units = 40, .gc_start = 3};

/// Pages of two units each.
void write(SsdFtl& ftl, const std::vector<Unit>& units) {
  for (std::size_t i = 0; i < units.size(); i += 2) ftl.write(0, std::span(units).subspan(i, 2));
}
std::vector<Unit> range(Unit first, Unit end) {
  std::vector<Unit> all(end - first);
  std::iota(all.begin(), all.end(), first);
  return all;
}
/// The kinds of the steps until nothing is left to collect.
std::vector<Step::Kind> collect(SsdFtl& ftl) {
  std::vector<Step::Kind> kinds;
  do kinds.push_back(ftl.gc_step(0).kind);
  while (kinds.back() != Step::none);
  return kinds;
}
void collect_one(SsdFtl& ftl) {
  while (ftl.gc_step(0).kind != Step::erase) continue;
}

// ---- the map ----------------------------------------------------------------------------------------------

TEST(SsdFtl, AnOverwriteMovesTheUnitAndEmptiesTheOldBlock) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 8));
  EXPECT_EQ(ftl.where(5), 5u);
  EXPECT_EQ(ftl.valid(0, 0), 8u);
  write(ftl, {5, 0});
  EXPECT_EQ(ftl.where(5), 8u);
  EXPECT_EQ(ftl.where(0), 9u);
  EXPECT_EQ(ftl.valid(0, 0), 6u);
  EXPECT_EQ(ftl.valid(0, 1), 2u);
}

TEST(SsdFtl, WhatIsTrimmedOrBufferedIsNoLongerValid) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 8));
  ftl.supersede(3, SsdFtl::kNowhere);
  ftl.supersede(4, SsdFtl::kBuffered | 17);
  EXPECT_EQ(ftl.valid(0, 0), 6u);
  EXPECT_FALSE(SsdFtl::in_flash(ftl.where(3)));
  EXPECT_EQ(ftl.where(4), SsdFtl::kBuffered | 17);
}

TEST(SsdFtl, PaddingFillsAPageAndHoldsNothing) {
  SsdFtl ftl(kSmall);
  write(ftl, {7, SsdFtl::kNowhere});
  write(ftl, {8, 9});
  EXPECT_EQ(ftl.valid(0, 0), 3u);
  EXPECT_EQ(ftl.where(8), 2u);
  EXPECT_DOUBLE_EQ(ftl.write_amplification(), 4.0 / 3);
}

// ---- garbage collection -----------------------------------------------------------------------------------

// Blocks 0 to 4 hold the 40 units. Overwriting 0, 1, 2 and 8 takes block 5, and then two are free.
TEST(SsdFtl, TheEmptiestBlockIsReadMovedAndErased) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  EXPECT_FALSE(ftl.gc_behind(0));
  write(ftl, {0, 1, 2, 8});
  EXPECT_TRUE(ftl.gc_behind(0));
  // Of block 0, page 0 is gone, half of page 1, and pages 2 and 3 are there: 5 units.
  EXPECT_THAT(collect(ftl), ElementsAre(Step::read, Step::read, Step::program, Step::read, Step::program,
                                        Step::program, Step::erase, Step::none));
  EXPECT_EQ(ftl.counts().gc_units, 5u);
  EXPECT_EQ(ftl.free_blocks(0), 2u);  // one erased, one taken for what was moved
}

TEST(SsdFtl, ABlockThatWasErasedIsUsedAfterTheOthers) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  write(ftl, range(0, 8));  // block 5; block 0 is erased, so 6, 7 and 0 are free
  collect_one(ftl);
  for (const Unit block : {6u, 7u}) {
    write(ftl, range(0, 8));
    EXPECT_EQ(ftl.where(0) / 8, block);
    collect_one(ftl);
  }
  write(ftl, range(0, 8));
  EXPECT_EQ(ftl.where(0) / 8, 0u);
}

TEST(SsdFtl, WhatIsOverwrittenMeanwhileIsNotMoved) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  write(ftl, {0, 1, 2, 3});
  EXPECT_EQ(ftl.gc_step(0).units, 2u);  // units 4 and 5 are read
  ftl.supersede(4, SsdFtl::kNowhere);
  ftl.supersede(7, SsdFtl::kNowhere);
  EXPECT_EQ(ftl.gc_step(0).kind, Step::read);  // unit 6 is wanted to fill the page
  const Step step = ftl.gc_step(0);
  EXPECT_EQ(step.kind, Step::program);
  EXPECT_EQ(ftl.where(5), step.place);
  EXPECT_EQ(ftl.where(6), step.place + 1);
  EXPECT_EQ(ftl.gc_step(0).kind, Step::erase);
  EXPECT_EQ(ftl.where(4), SsdFtl::kNowhere);
}

// Block 4 has lost four units and block 0 three, long before.
TEST(SsdFtl, CostBenefitTakesAnOlderBlockThatIsLittleFuller) {
  for (const GcPolicy policy : {GcPolicy::greedy, GcPolicy::cost_benefit}) {
    SsdFtl::Shape shape = kSmall;
    shape.policy = policy;
    SsdFtl ftl(shape);
    write(ftl, range(0, 40));
    for (const Unit unit : {0u, 2u, 4u, 32u, 34u, 36u, 38u}) ftl.supersede(unit, SsdFtl::kNowhere);
    write(ftl, {0, 2});
    collect_one(ftl);
    EXPECT_EQ(ftl.valid(0, 0) == 0, policy == GcPolicy::cost_benefit);
    EXPECT_EQ(ftl.valid(0, 4) == 0, policy == GcPolicy::greedy);
  }
}

TEST(SsdFtl, TheLastFreeBlockIsTheCollectors) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  write(ftl, range(0, 16));
  EXPECT_EQ(ftl.free_blocks(0), 1u);
  EXPECT_FALSE(ftl.can_write(0));
  collect_one(ftl);
  EXPECT_TRUE(ftl.can_write(0));
}

// The fullest page of a block could not be left out: moving it would gain nothing.
TEST(SsdFtl, ABlockThatWouldNotYieldAPageIsLeftAlone) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  write(ftl, {0, SsdFtl::kNowhere});
  EXPECT_FALSE(ftl.gc_behind(0));
  EXPECT_EQ(ftl.gc_step(0).kind, Step::none);
  ftl.supersede(1, SsdFtl::kNowhere);
  EXPECT_EQ(ftl.gc_step(0).kind, Step::read);
}

// The victim holds 4 of 8: a unit is moved for each that is written.
TEST(SsdFtl, TheCollectorKeepsPaceWithTheHost) {
  SsdFtl ftl(kSmall);
  write(ftl, range(0, 40));
  for (Unit unit = 0; unit < 4; ++unit) ftl.supersede(unit, SsdFtl::kNowhere);
  write(ftl, {0, 1});
  EXPECT_TRUE(ftl.gc_behind(0));
  EXPECT_EQ(ftl.gc_step(0).kind, Step::read);
  EXPECT_TRUE(ftl.gc_behind(0));
  EXPECT_EQ(ftl.gc_step(0).kind, Step::program);
  EXPECT_FALSE(ftl.gc_behind(0));
  write(ftl, {2, 3});
  EXPECT_TRUE(ftl.gc_behind(0));
}

// Each write stores a new number; what the collector moves is carried along.
TEST(SsdFtl, NoDataAreLost) {
  for (const GcPolicy policy : {GcPolicy::greedy, GcPolicy::cost_benefit}) {
    SsdFtl::Shape shape = kSmall;
    shape.policy = policy;
    SsdFtl ftl(shape);
    Random random(1, "data");
    std::vector<int> want(40, -1), flash(64, -1);
    for (int number = 0; number < 20'000; ++number) {
      const std::vector<Unit> before = [&] {
        std::vector<Unit> places;
        for (Unit u = 0; u < 40; ++u) places.push_back(ftl.where(u));
        return places;
      }();
      const auto unit = static_cast<Unit>(random.below(40));
      if (random.below(2) == 0 && ftl.gc_step(0).kind != Step::none) {
        for (Unit u = 0; u < 40; ++u)
          if (ftl.where(u) != before[u]) flash[ftl.where(u)] = flash[before[u]];
      } else if (random.below(8) == 0) {
        ftl.supersede(unit, SsdFtl::kNowhere);
        want[unit] = -1;
      } else if (ftl.can_write(0)) {
        write(ftl, {unit, SsdFtl::kNowhere});
        want[unit] = flash[ftl.where(unit)] = number;
      }
      std::set<Unit> places;
      std::size_t mapped = 0;
      for (Unit u = 0; u < 40; ++u) {
        if (!SsdFtl::in_flash(ftl.where(u))) continue;
        ++mapped;
        places.insert(ftl.where(u));
        ASSERT_EQ(flash[ftl.where(u)], want[u]);
      }
      ASSERT_EQ(places.size(), mapped) << "two units in one place";
      std::size_t valid = 0;
      for (std::uint32_t b = 0; b < 8; ++b) valid += ftl.valid(0, b);
      ASSERT_EQ(valid, mapped);
    }
    EXPECT_GT(ftl.counts().erases, 100u);
  }
}

// ---- write amplification ----------------------------------------------------------------------------------

/// The principal branch: w with w e^w = x, for -1/e < x < 0, by Newton's method.
double lambert_w(double x) {
  double w = -0.1;
  for (int i = 0; i < 100; ++i) w -= (w * std::exp(w) - x) / (std::exp(w) * (1 + w));
  return w;
}
/// Of greedy collection under uniform random writes, for large blocks.
/// @param spare  flash over data, 1 + over-provisioning
/// Source: Xiang and Kurkoski, "An improved analytic expression for write amplification in NAND flash", ICNC
/// 2012,
///         arXiv:1110.4245
double theory(double spare) { return spare / (spare + lambert_w(-spare * std::exp(-spare))); }

// The example of the paper's abstract.
TEST(SsdFtl, TheClosedFormGivesThePapersFigure) { EXPECT_NEAR(theory(1.3), 2.36, 0.005); }

/// Of random writes to a die of 400 blocks, when it has settled.
/// @param kept  the part of the units that are not trimmed
double measured(double over_provisioning, GcPolicy policy, double kept = 1) {
  SsdFtl::Shape shape{.dies = 1, .blocks = 400, .pages = 256, .page_units = 4};
  const std::uint32_t places = shape.blocks * shape.pages * shape.page_units;
  shape.logical_units = static_cast<std::uint32_t>(places / (1 + over_provisioning));
  shape.policy = policy;
  SsdFtl ftl(shape);
  Random random(1, "theory");
  precondition(ftl, Precondition::sequential, random);
  const auto used = static_cast<Unit>(kept * shape.logical_units);
  for (Unit unit = used; unit < shape.logical_units; ++unit) ftl.supersede(unit, SsdFtl::kNowhere);
  for (int drives = 0; drives < 8; ++drives) {
    if (drives == 4) ftl.reset_counts();  // settled
    for (std::uint32_t i = 0; i < places / 4; ++i) {
      while (ftl.gc_behind(0) || !ftl.can_write(0)) ftl.gc_step(0);
      std::array<Unit, 4> page;
      for (Unit& unit : page) unit = static_cast<Unit>(random.below(used));
      ftl.write(0, page);
    }
  }
  return ftl.write_amplification();
}
/// Of 400 blocks one is free, and two half-written ones make up one.
double expected(double over_provisioning, double kept = 1) {
  return theory((1 + over_provisioning) / kept * 398 / 400);
}

TEST(SsdFtl, GreedyCollectionHasTheWriteAmplificationOfTheTheory) {
  for (const double over_provisioning : {0.07, 0.145, 0.28, 0.5})
    EXPECT_NEAR(measured(over_provisioning, GcPolicy::greedy) / expected(over_provisioning), 1, 0.01)
        << over_provisioning;
}

// Under uniform writes age and emptiness are the same, so the policies are.
TEST(SsdFtl, CostBenefitDoesAsWellWhenWritesAreUniform) {
  EXPECT_NEAR(measured(0.145, GcPolicy::cost_benefit) / expected(0.145), 1, 0.01);
}

// With a fifth of the data gone, what was over-provisioned by 14.5 % is by 43 %.
TEST(SsdFtl, TrimmedSpaceIsOverProvisioning) {
  const double trimmed = measured(0.145, GcPolicy::greedy, 0.8);
  EXPECT_NEAR(trimmed / expected(0.145, 0.8), 1, 0.01);
  EXPECT_LT(trimmed, 0.6 * measured(0.145, GcPolicy::greedy));
}

}  // namespace
}  // namespace blkpath
