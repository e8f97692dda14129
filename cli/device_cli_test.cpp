// import, validate --part, calibrate: as a user types them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/test/program.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct DeviceProgram : Program {
  DeviceProgram() {
    folder_.write("disk.yaml",
                  "part: A disk\nmodel: disk\nprovenance: datasheet\nsource: its manual\n"
                  "params: {rpm: 10000, rpm_tolerance: 0, heads: 2, zones: [[1000, 200]]}\n");
    std::string trace;
    for (int i = 0; i < 200; ++i)
      trace += (i % 3 == 0 ? "W Hit " : "R Hit ") + std::to_string(i * 1237 % 300'000) + " 8 " +
               std::to_string(4000 + i * 31 % 5000) + ".0 " + std::to_string(10'000 + i * 7) + ".0\n";
    folder_.write("m.trace", trace);
  }
  std::string read_output(const std::string& name) const { return read_whole(folder_.path(name)); }
};

TEST_F(DeviceProgram, ADeviceIsComparedWithATrace) {
  const Outcome o = run({"validate", "--part", "disk.yaml", "--trace", "m.trace"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("A disk on m.trace"), HasSubstr("demerit %"), HasSubstr("writes")));
  const auto j =
      nlohmann::json::parse(run({"validate", "--part", "disk.yaml", "--trace", "m.trace", "--json"}).out);
  EXPECT_EQ(j["distance"]["all"]["requests"], 200);
  EXPECT_EQ(j["distance"]["writes"]["requests"], 67);
}

TEST_F(DeviceProgram, ParametersAreSetOnTheCommandLine) {
  const auto mean = [&](const std::string& overhead) {
    const Outcome o = run(
        {"validate", "--part", "disk.yaml", "--trace", "m.trace", "--json", "--set", "overhead=" + overhead});
    return nlohmann::json::parse(o.out)["distance"]["all"]["predicted_mean_ms"].get<double>();
  };
  EXPECT_GT(mean("12ms"), mean("0us") + 11.9);  // two turns of 6 ms
  expect_refused({"validate", "--part", "disk.yaml", "--trace", "m.trace", "--set", "overheat=1ms"},
                 "overhead");
}

TEST_F(DeviceProgram, CalibrateWritesAPartAndJudgesItOnTheOtherHalf) {
  const Outcome o =
      run({"calibrate", "--part", "disk.yaml", "--trace", "m.trace", "--fit", "overhead", "-o", "fit.yaml"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("fitted to the first 100 requests of m.trace"),
                           HasSubstr("second half, predicted")));
  EXPECT_THAT(read_output("fit.yaml"),
              AllOf(HasSubstr("overhead: {provenance: fitted"), HasSubstr("standard_error:"),
                    HasSubstr("rpm: {provenance: datasheet, source: \"its manual\"")));
  EXPECT_EQ(run({"validate", "--part", "fit.yaml", "--trace", "m.trace"}).status, 0);
  expect_refused({"calibrate", "--part", "disk.yaml", "--trace", "m.trace", "-o", "fit.yaml"},
                 "--force overwrites it");
  expect_refused({"calibrate", "--part", "disk.yaml", "--trace", "m.trace", "--fit", "rpm"},
                 "'rpm' is not a time");
}

struct GridProgram : Program {
  GridProgram() {  // three servers of 300 us
    std::string csv =
        "system_device,rw,bs,iodepth,numjobs,runtime_ms,iops,clat_mean_us,clat_p50_us,clat_p99_us\n";
    for (const int depth : {1, 2, 4, 12}) {
      const double iops = std::min(depth, 3) / 310e-6, us = 1e6 * depth / iops;
      csv += fmt::format("lab/three,randread,4k,{},1,60000,{:.1f},{:.1f},{:.1f},{:.1f}\n", depth, iops, us,
                         us, us);
    }
    folder_.write("grid.csv", csv);
  }
};

TEST_F(GridProgram, CalibrateTellsFittedFromPredictedCells) {
  const Outcome o = run({"calibrate", "--fio-csv", "grid.csv", "--set", "servers=3", "-o", "three.yaml"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("3 places"), HasSubstr("given      servers=3"), HasSubstr("3 cells"),
                           HasSubstr("  fitted\n"), HasSubstr("  predicted\n")));
  EXPECT_THAT(read_whole(folder_.path("three.yaml")),
              AllOf(HasSubstr("model: calibrated"), HasSubstr("read: {provenance: fitted"),
                    HasSubstr("servers: {provenance: datasheet, source: \"given on the command line\"")));
  const auto j = nlohmann::json::parse(
      run({"calibrate", "--fio-csv", "grid.csv", "--set", "servers=3", "--json", "--fit-products", "2"}).out);
  EXPECT_EQ(j[0]["cells"][2]["kind"], "predicted");
  EXPECT_EQ(j[0]["median_error_pct"][1]["cells"], 2);
}

TEST_F(GridProgram, WrongInputIsNamed) {
  expect_refused({"calibrate"}, "needs what was measured");
  expect_refused({"calibrate", "--fio-csv", "none.csv"}, "none.csv: --fio-csv: cannot be read");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--device", "lab/tree"},
                 "'lab/tree' has no results; there are 'lab/three'");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--fit-products", "1"}, "'1' is below 2");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--set", "server=3"}, "Did you mean 'servers'?");
  expect_refused({"calibrate", "--fio-json", "grid.csv"}, "--output-format=json");
  expect_refused({"calibrate", "--model", "disk", "--trace", "grid.csv"}, "'disk' needs a part");
  expect_refused({"calibrate", "--model", "calibrated"}, "--trace: is missing");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--model", "disk"}, "'disk' needs a part");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--fit", "overhead"},
                 "--fit: names times of a --part");
  expect_refused({"calibrate", "--fio-csv", "grid.csv", "--trace", "grid.csv"}, "--trace: and fio's results");
  expect_refused({"calibrate", "--model", "calibrated", "--trace", "grid.csv", "--device", "x"},
                 "--device: chooses from fio's results");
}

TEST_F(DeviceProgram, ACalibratedDeviceIsFittedToATraceAlone) {
  const Outcome o = run({"calibrate", "--model", "calibrated", "--trace", "m.trace", "-o", "c.yaml"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("fitted to the first 100 requests of m.trace"),
                           HasSubstr("second half, predicted")));
  EXPECT_THAT(read_output("c.yaml"), AllOf(HasSubstr("model: calibrated"), HasSubstr("provenance: fitted")));
  EXPECT_EQ(run({"validate", "--part", "c.yaml", "--trace", "m.trace"}).status, 0);
}

// The second half goes to 2 TB, of which the first one, to which the device is fitted, tells nothing.
TEST_F(DeviceProgram, ACalibratedDeviceHoldsTheWholeTrace) {
  std::string trace;
  for (int i = 0; i < 200; ++i)
    trace += fmt::format("R Hit {} 8 4000.0 1000.0\n", i < 100 ? i * 8 : 4'000'000'000);
  folder_.write("far.trace", trace);
  const Outcome o = run({"calibrate", "--model", "calibrated", "--trace", "far.trace"});
  EXPECT_EQ(o.status, 0) << o.err;
  expect_refused({"calibrate", "--model", "calibrated", "--trace", "far.trace", "--set", "capacity=1TB"},
                 "the device has 1000000000000 bytes");
}

TEST_F(DeviceProgram, WrongInputIsNamed) {
  expect_refused({"validate", "--part", "disk.yaml"}, "--trace: is missing");
  expect_refused({"validate", "--part", "none.yaml", "--trace", "m.trace"}, "none.yaml");
  expect_refused({"validate", "--trace", "m.trace"}, "--part");
  folder_.write("bad.yaml", "part: X\nmodel: disk\nparms: {}\n");
  expect_refused({"validate", "--part", "bad.yaml", "--trace", "m.trace"},
                 "bad.yaml:3: parms: unknown key. Did you mean 'params'?");
  expect_refused({"import", "disksim", "none.diskspecs"}, "there is no file 'none.diskspecs'");
}

TEST_F(DeviceProgram, APartStandsOnAPath) {
  folder_.write("p.yaml",
                "size: 100MiB\njob: job.fio\npath:\n  hba: {model: hba}\n  spindle: {part: disk.yaml, "
                "overhead: 300us}\n");
  const Outcome o = run({"run", "p.yaml", "--set", "job.size=50m", "--params"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("its manual"));
  folder_.write("q.yaml", "size: 100MiB\njob: job.fio\npath:\n  spindle: {part: disk.yaml, model: hba}\n");
  expect_refused({"run", "q.yaml"}, "but the part is of model disk");
}

}  // namespace
}  // namespace blkpath
