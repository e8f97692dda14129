// A calibrated device under load, against queueing theory.
#include <cmath>

#include "hw/quantile_table.hpp"
#include "model/core/random.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {
namespace {

using Params = std::vector<std::pair<std::string, std::string>>;

struct Load : TestPath {
  explicit Load(const Params& params) : TestPath({{"calibrated", params}}, {.count = 0}) {
    probe->blocks = false;
  }
  Io random_read() { return {Op::read, static_cast<std::int64_t>(place_.below(100'000)) * 8192}; }
  Load& closed(int depth, int count) {
    probe->loop(depth, count, [this](int) { return random_read(); });
    run();
    return *this;
  }
  Load& poisson(Time mean, int count) {
    Time t{0};
    for (int i = 0; i < count; ++i) at(t += arrivals_.exponential(mean) + 1ns, random_read());
    run();
    return *this;
  }
  double iops() const {
    Instant end{};
    for (const Probe::Record& r : probe->records) end = std::max(end, r.completed);
    return static_cast<double>(order().size()) / seconds(end.time_since_epoch());
  }
  double mean_us() const {
    double sum = 0;
    for (const Probe::Record& r : probe->records) sum += micros(r.completed - r.issued);
    return sum / static_cast<double>(order().size());
  }

 private:
  Random place_{1, "place"}, arrivals_{1, "arrivals"};
};

// A link that takes next to nothing.
Params device(const Params& extra) {
  Params params{{"link_rate", "4000GB/s"}, {"command_cost", "0s"}, {"tags", "4096"}};
  params.insert(params.end(), extra.begin(), extra.end());
  return params;
}
/// -mean log(1 - q) at 400 points; what lies beyond the last one is cut off.
std::string exponential_us(double mean) {
  std::string rows;
  for (int i = 0; i <= 400; ++i) {
    const double q = 1 - std::exp(-10.0 * i / 400);
    rows += (i > 0 ? ", [" : "[") + std::to_string(q) + ", " +
            std::to_string(std::llround(-1e3 * mean * std::log1p(-q))) + "ns]";
  }
  return "[" + rows + "]";
}

// 12 servers of 3.4 ms: 3,529 IOPS with 74 outstanding, 294 with one; Little: 74 = IOPS x latency.
TEST(CalibratedUnderLoad, ServersGiveTheRateAndLittleTheLatency) {
  const Params known = device({{"servers", "12"}, {"read", "[[0, 3400us]]"}});
  Load deep(known);
  deep.closed(74, 20'000);
  EXPECT_NEAR(deep.iops(), 12 / 3.4e-3, 12 / 3.4e-3 * 0.01);
  EXPECT_NEAR(deep.mean_us() * 1e-6 * deep.iops(), 74, 74 * 0.01);
  EXPECT_NEAR(Load(known).closed(1, 1000).iops(), 1 / 3.4e-3, 1);
}

// M/D/1 at 70 %: waits rho s / (2 (1 - rho)) = 116.7 us of a service of 100.
TEST(CalibratedUnderLoad, MD1WaitsAsPollaczekAndKhinchineSay) {
  Load load(device({{"servers", "1"}, {"read", "[[0, 100us]]"}}));
  load.poisson(Time{142'857}, 200'000);
  EXPECT_NEAR(load.mean_us(), 216.7, 216.7 * 0.02);
}

// M/M/4 at 75 %: Erlang's C is 0.5094, it waits C s / (4 (1 - rho)) = 50.9 us of a service of 100.
TEST(CalibratedUnderLoad, MMcWaitsAsErlangSays) {
  Load load(device({{"servers", "4"}, {"read", exponential_us(100)}}));
  load.poisson(Time{33'333}, 200'000);
  EXPECT_NEAR(load.mean_us(), 150.9, 150.9 * 0.02);
}

// Mean seek: E sqrt|x - y| = 8/15 for uniform x, y. 2 + 6 x 8/15 = 5.2 ms, half a turn of 8.33 ms.
const Params kArm = device({{"turn", "8333us"},
                            {"seek_base", "2ms"},
                            {"seek_full", "8ms"},
                            {"read", "[]"},
                            {"capacity", "819200000B"}});
TEST(CalibratedUnderLoad, AnArmTakesSeekAndHalfATurn) {
  EXPECT_NEAR(Load(kArm).closed(1, 20'000).mean_us(), 5200 + 4167, 9367 * 0.01);
}

// Half of the blocks have just gone by: half a turn more.
TEST(CalibratedUnderLoad, WhatWasMissedComesRoundATurnLater) {
  Params params = kArm;
  params.emplace_back("miss", "0.5");
  EXPECT_NEAR(Load(params).closed(1, 20'000).mean_us(), 9367 + 8333 / 2, 13'533 * 0.01);
}

// Every second write needs 100 us of the media: 20,000 a second.
TEST(CalibratedUnderLoad, RewrittenBlocksCostTheMediaNothing) {
  Load load(device({{"write", "[[0, 100us]]"}, {"write_buffer", "16KiB"}, {"rewritten", "0.5"}}));
  load.probe->loop(8, 20'000, [](int i) { return Io{Op::write, i % 1000 * 8192}; });
  load.run();
  EXPECT_NEAR(load.iops(), 20'000, 20'000 * 0.03);
}

// With two outstanding the one that waits is the next; with more the nearest of all but two is chosen.
TEST(CalibratedUnderLoad, ReorderingBeginsAtFourOutstanding) {
  const double one = Load(kArm).closed(1, 10'000).iops();
  EXPECT_NEAR(Load(kArm).closed(2, 10'000).iops(), one, one * 0.02);
  const double four = Load(kArm).closed(4, 10'000).iops(), eight = Load(kArm).closed(8, 10'000).iops();
  EXPECT_GT(four, one * 1.1);
  EXPECT_GT(eight, four * 1.2);
}

TEST(QuantileTableTest, MeanAndSamplesAreThoseOfItsLines) {
  const QuantileTable table({{0.0, 10us}, {0.5, 20us}, {1.0, 60us}}, "t");
  EXPECT_EQ(table.mean(), 27500ns);  // (15 + 40) / 2
  EXPECT_EQ(table.at(0.25), 15us);
  EXPECT_EQ(table.at(0.75), 40us);
  Random random(1, "samples");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += micros(table.sample(random));
  EXPECT_NEAR(sum / 1e5, 27.5, 0.2);
}

}  // namespace
}  // namespace blkpath::test
