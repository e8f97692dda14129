#include <gmock/gmock.h>

#include "scenarios/fio_grid_fit.hpp"
#include "scenarios/fio_grid_mechanisms.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

const std::string kHead =
    "system_device,rw,bs,iodepth,numjobs,runtime_ms,iops,slat_mean_us,clat_mean_us,clat_p50_us,clat_p99_us\n";

TEST(FioGrid, ATableIsReadByTheNamesOfItsColumns) {
  TempFolder folder;
  const auto cells = read_grid_csv(
      folder.write("g.csv", kHead + "lab/ssd,randread,4k,8,2,30000,1000.5,11,15988,15000,17000\r\n"));
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].device, "lab/ssd");
  EXPECT_EQ(cells[0].product(), 16);
  EXPECT_EQ(cells[0].block, 4_KiB);
  EXPECT_EQ(cells[0].runtime, 30s);
  EXPECT_DOUBLE_EQ(cells[0].iops, 1000.5);
  EXPECT_DOUBLE_EQ(cells[0].p999_us, 17000);  // not in the table: no less than p99
}

// Two columns without a name, as tools write them that number the lines.
TEST(FioGrid, ColumnsMayHaveNoName) {
  TempFolder folder;
  const auto cells = read_grid_csv(folder.write(
      "g.csv", ",," + kHead + "1,1,lab/ssd,randread,4k,8,2,30000,1000.5,11,15988,15000,17000\n\r\n"));
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].rw, "randread");
  EXPECT_DOUBLE_EQ(cells[0].p99_us, 17000);
  EXPECT_THAT(error_of([&] { read_grid_csv(folder.write("g.csv", "iops," + kHead)); }),
              HasSubstr("g.csv:1: iops: two columns"));
}

TEST(FioGrid, AWrongTableIsRefusedWithLineAndColumn) {
  TempFolder folder;
  const auto refusal = [&](const std::string& text) {
    return error_of([&] { read_grid_csv(folder.write("g.csv", text)); });
  };
  EXPECT_THAT(refusal("rw,bs\nrandread,4k\n"), HasSubstr("g.csv:1: iodepth: column is missing"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1,1,1,fast,1,1,1,1\n"),
              HasSubstr("g.csv:2: iops: 'fast' is not a number"));
  EXPECT_THAT(refusal(kHead + "d,randrw,4k,1,1,1,1,1,1,1,1\n"), HasSubstr("g.csv:2: rw: 'randrw'"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,0,1,1,1,1,1,1,1\n"), HasSubstr("iodepth: must be above 0"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1,1,1,1,1,1,0,1\n"), HasSubstr("clat_p50_us: must be above 0"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1,1,0,1,1,1,1,1\n"), HasSubstr("runtime_ms: must be above 0"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1,1,1,1,-3,1,1,1\n"), HasSubstr("slat_mean_us: must not be"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1,1,1,inf,1,1,1,1\n"), HasSubstr("'inf' is not a number"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,1.5,1,1,1,1,1,1,1\n"), HasSubstr("'1.5' is not a whole number"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,-1e11,1,1,1,1,1,1,1\n"), HasSubstr("iodepth: '-1e11'"));
  EXPECT_THAT(refusal(kHead + "d,randread,4k,4096,64,1,1,1,1,1,1\n"), HasSubstr("more than 32768 I/Os"));
  EXPECT_THAT(refusal(kHead), HasSubstr("holds no results"));
}

TEST(FioGrid, FiosOwnResultsAreRead) {
  TempFolder folder;
  const std::string text =
      "fio: this is a warning\n"
      R"({"global options": {"rw": "randwrite", "bs": "4k", "numjobs": "2"},
          "jobs": [{"job options": {"iodepth": "4"}, "usr_cpu": 5.0, "sys_cpu": 10.0,
            "write": {"iops": 200.0, "runtime": 1000, "slat_ns": {"mean": 3000.0},
              "clat_ns": {"mean": 40000.0, "percentile": {"50.000000": 39000, "99.000000": 50000}}}}]})";
  const auto cells = read_grid_json(folder.write("r.json", text));
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].dir, Dir::write);
  EXPECT_EQ(cells[0].product(), 8);
  EXPECT_DOUBLE_EQ(cells[0].p99_us, 50);
  EXPECT_DOUBLE_EQ(cells[0].slat_us, 3);
  const auto refusal = [&](const std::string& json) {
    return error_of([&] { read_grid_json(folder.write("bad.json", json)); });
  };
  EXPECT_THAT(refusal(R"({"jobs": [{}, {}]})"), HasSubstr("several jobs need 'group_reporting'"));
  EXPECT_THAT(refusal(R"({"jobs": [{"job options": {"rw": "randread"}}]})"),
              HasSubstr("--output-format=json"));
  EXPECT_THAT(refusal("nothing"), HasSubstr("--output-format=json"));
  EXPECT_THAT(error_of([&] { read_grid_json(folder.path()); }), HasSubstr("--output-format=json"));
  const auto deep = [](const std::string& iodepth) {
    return R"({"jobs": [{"job options": {"rw": "randread", "iodepth": ")" + iodepth + R"("}}]})";
  };
  EXPECT_THAT(refusal(deep("many")), HasSubstr("iodepth: 'many' is not a number"));
  EXPECT_THAT(refusal(deep("16 or so")), HasSubstr("iodepth: '16 or so' is not a size"));
  EXPECT_THAT(refusal(deep("99999999999")), HasSubstr("iodepth: '99999999999' is out of range"));
}

/// The cells that a device with `params` would give.
std::vector<GridCell> cells_of(const std::vector<std::string>& params, const std::string& rw) {
  ConfigMap device;
  for (const std::string& p : params) device.entries.push_back(parse_parameter(p));
  std::vector<GridCell> cells;
  for (const auto& [depth, jobs] : {std::pair{1, 1}, {2, 1}, {1, 4}, {4, 1}, {8, 2}, {32, 1}, {16, 4}}) {
    GridCell cell;
    cell.device = "known";
    cell.rw = rw;
    cell.dir = rw == "randread" ? Dir::read : Dir::write;
    cell.iodepth = depth;
    cell.numjobs = jobs;
    cells.push_back(simulate_cell(cell, {device, {5us, 10us, 5us}, 8000, 7}));
    cells.back().usr_percent = 5e-4 * cells.back().iops / jobs;   // 5 us of each I/O
    cells.back().sys_percent = 15e-4 * cells.back().iops / jobs;  // 10 + 5
  }
  return cells;
}

// Three servers of 300 us, which the fit has to find in what it sees up to four outstanding.
TEST(FioGridFit, ServersAreFound) {
  const auto cells = cells_of({"servers=3", "read=[[0, 250us], [0.5, 300us], [0.99, 350us]]"}, "randread");
  const GridFitOptions options;
  const GridFit fit = fit_grid(cells, options);
  ASSERT_EQ(fit.mechanisms.size(), 1u);
  EXPECT_EQ(fit.mechanisms[0].name, "3 places");
  const GridErrors e = grid_errors(predict_grid(cells, fit, options), "", false);
  EXPECT_EQ(e.cells, 3u);
  EXPECT_LT(e.iops, 3);
  EXPECT_LT(e.p99, 5);
}

// A drive of 7,200 turns: what it gains by reordering at 16, 32 and 64 follows from what it does at 1, 2
// and 4.
TEST(FioGridFit, AnArmIsFound) {
  const auto cells = cells_of(
      {"turn=8333us", "seek_base=5ms", "seek_full=16ms", "miss=0.03", "read=[[0, 200us]]"}, "randread");
  const GridFitOptions options{.given = {{}, {parse_parameter("turn=8333us")}}};
  const GridFit fit = fit_grid(cells, options);
  EXPECT_EQ(fit.mechanisms[0].name, "an arm, soonest first");
  const GridErrors e = grid_errors(predict_grid(cells, fit, options), "", false);
  EXPECT_LT(e.iops, 4);
  EXPECT_LT(e.p99, 10);
}

// What is known of one end of the seeks bounds the other one, also where it does not go with the cells.
TEST(FioGridFit, TheLongestSeekIsNoShorterThanTheShortest) {
  const auto seek = [](const std::string& rw, const std::string& known, const std::string& wanted) {
    const auto cells = cells_of(
        {"turn=8333us", "seek_base=5ms", "seek_full=16ms", "read=[[0, 200us]]", "write=[[0, 200us]]"}, rw);
    const GridFitOptions options{
        .given = {{}, {parse_parameter("turn=8333us"), parse_parameter("miss=0"), parse_parameter(known)}}};
    const GridFit fit = fit_grid(cells, options);
    for (const auto& [name, value] : fit.params.entries)
      if (name == wanted) return parse_time(value.text);
    return Time{0};
  };
  EXPECT_GE(seek("randwrite", "write_seek_base=20ms", "write_seek_full"), Time{20ms});
  const Time base = seek("randread", "seek_full=6ms", "seek_base");
  EXPECT_GT(base, Time{4ms});
  EXPECT_LE(base, Time{6ms});
}

// Writes are taken at once until a half of 64 KiB is full.
TEST(FioGridFit, AWriteBufferIsFound) {
  const auto cells =
      cells_of({"write_buffer=64KiB", "write=[[0, 150us]]", "write_ack=[[0, 20us]]"}, "randwrite");
  const GridFitOptions options;
  const GridFit fit = fit_grid(cells, options);
  EXPECT_EQ(fit.mechanisms[0].name, "a buffer of two times 64KiB");
  EXPECT_LT(grid_errors(predict_grid(cells, fit, options), "", false).iops, 3);
}

// The cells of two devices: what the reads show of the places is not changed by writes that show more of
// them.
TEST(FioGridFit, WhatReadsShowOfTheDeviceStays) {
  const std::string times = "[[0, 250us], [0.5, 300us], [0.99, 350us]]";
  auto cells = cells_of({"servers=3", "read=" + times}, "randread");
  for (const GridCell& c : cells_of({"servers=16", "write=" + times}, "randwrite")) cells.push_back(c);
  const GridFitOptions options;
  const GridFit fit = fit_grid(cells, options);
  EXPECT_EQ(fit.mechanisms.at(0).name, "3 places");
  EXPECT_EQ(fit.mechanisms.at(1).name, "3 places");
  EXPECT_LT(grid_errors(predict_grid(cells, fit, options), "randread", false).iops, 3);
}

// Neither 5 nor more than the 32 commands is one of the numbers that are tried.
TEST(FioGridFit, AnyNumberOfServersMayBeKnown) {
  const auto name = [](const std::string& servers) {
    const auto cells = cells_of({servers, "read=[[0, 300us]]"}, "randread");
    return fit_grid(cells, {.given = {{}, {parse_parameter(servers)}}}).mechanisms.at(0).name;
  };
  EXPECT_EQ(name("servers=5"), "5 places");
  EXPECT_NO_THROW(name("servers=64"));
}

TEST(FioGridFit, WhatIsKnownMayBeWrittenInAnyUnit) {
  const auto cells =
      cells_of({"write_buffer=64KiB", "write=[[0, 150us]]", "write_ack=[[0, 20us]]"}, "randwrite");
  const GridFit fit = fit_grid(cells, {.given = {{}, {parse_parameter("write_buffer=65536B")}}});
  EXPECT_EQ(fit.mechanisms.at(0).name, "a buffer of two times 64KiB");
}

TEST(FioGridFit, WhatIsPredictedIsNotLookedAt) {
  auto cells = cells_of({"servers=3", "read=[[0, 300us]]"}, "randread");
  const GridFitOptions options{.given = {{}, {parse_parameter("servers=3")}}};
  const GridFit fit = fit_grid(cells, options);
  for (GridCell& c : cells)
    if (c.product() > options.products) c.iops = c.clat_us = c.p50_us = c.p99_us = 1;
  const GridFit blind = fit_grid(cells, options);
  const auto text = [](const GridFit& f) {
    Part part;
    part.params = f.params;
    return part_text(part, {});
  };
  EXPECT_EQ(text(fit), text(blind));
  for (const GridResult& r : predict_grid(cells, fit, options))
    EXPECT_EQ(r.fitted, r.measured.product() <= options.products);
}

// Half of the writes take far less than the mean, but longer than four at once let each other wait: no
// buffer.
TEST(FioGridFit, SomethingIsTriedWhereWritesOfADiskAreUneven) {
  GridCell one;
  one.rw = "randwrite";
  one.dir = Dir::write;
  one.iops = 125;
  one.clat_us = 8000, one.p50_us = 3000, one.p99_us = one.p999_us = 30'000;
  GridCell four = one;
  four.iodepth = 4;
  four.iops = 500;
  const auto mechanisms = mechanisms_of({one, four}, {}, "a test");
  ASSERT_FALSE(mechanisms.empty());
  EXPECT_EQ(mechanisms[0].name, "an arm, soonest first");
}

TEST(FioGridFit, WhoIsInterruptedGetsWhatIsFittedSoFar) {
  const std::vector<std::string> device{"servers=3", "read=[[0, 300us]]", "write=[[0, 300us]]"};
  auto cells = cells_of(device, "randread");
  for (const GridCell& c : cells_of(device, "randwrite")) cells.push_back(c);
  GridFitOptions options;
  options.go_on = [] { return false; };
  const GridFit fit = fit_grid(cells, options);
  EXPECT_TRUE(fit.stopped);
  ASSERT_EQ(fit.mechanisms.size(), 1u);
  EXPECT_EQ(fit.mechanisms[0].rw, "randread");
}

TEST(FioGridFit, AGridThatCannotBeFittedIsRefused) {
  auto cells = cells_of({"servers=3", "read=[[0, 300us]]"}, "randread");
  const auto refusal = [](const std::vector<GridCell>& some) {
    return error_of([&] { fit_grid(some, {}); });
  };
  EXPECT_THAT(refusal({cells.begin() + 1, cells.end()}), HasSubstr("iodepth=1, numjobs=1 is missing"));
  EXPECT_THAT(refusal({cells[0]}), HasSubstr("nothing between 1 and 4 outstanding"));
  EXPECT_THAT(refusal({cells.begin() + 4, cells.end()}), HasSubstr("no cell with iodepth x numjobs up to 4"));
  cells[5].block = 16_KiB;
  EXPECT_THAT(refusal(cells), HasSubstr("random I/O of one size"));
}

}  // namespace
}  // namespace blkpath
