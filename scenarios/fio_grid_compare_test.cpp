// Real devices, fitted to at most four outstanding: how far the rest of the grid is from what was measured.
// The tolerances are what is reached, so that a change for the worse is seen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "scenarios/fio_grid_fit.hpp"

namespace blkpath {
namespace {

struct Measured {
  const char *device, *rw;
  std::vector<std::string> given;
  double iops_pct, p99_pct;  ///< medians of |error| over the predicted cells, allowed
};

std::string data_file() {
  const char* set = std::getenv("BLKPATH_SHARED_DATA");
  return (set ? std::string(set) : BLKPATH_SOURCE_DIR "/../shared/data") +
         "/fio_measured/iodepth_numjobs_grid.csv";
}

std::vector<GridCell> cells_of(const std::string& device) {
  std::vector<GridCell> cells;
  for (GridCell& c : read_grid_csv(data_file()))
    if (c.device == device) cells.push_back(std::move(c));
  return cells;
}

class FioGridOfRealDevices : public testing::TestWithParam<Measured> {};

TEST_P(FioGridOfRealDevices, IsPredictedFromFourOutstanding) {
  if (!std::filesystem::exists(data_file()))
    GTEST_SKIP() << "there is no " << data_file() << "; BLKPATH_SHARED_DATA says where";
  std::vector<GridCell> cells = cells_of(GetParam().device);
  ASSERT_FALSE(cells.empty()) << GetParam().device;
  GridFitOptions options;
  for (const std::string& p : GetParam().given) options.given.entries.push_back(parse_parameter(p));
  const GridFit fit = fit_grid(cells, options);
  std::erase_if(cells, [](const GridCell& c) { return c.rw != GetParam().rw; });
  const GridErrors e = grid_errors(predict_grid(cells, fit, options), GetParam().rw, false);
  RecordProperty("iops_pct", std::to_string(e.iops));
  RecordProperty("p99_pct", std::to_string(e.p99));
  EXPECT_GT(e.cells, 0u);
  EXPECT_LE(e.iops, GetParam().iops_pct);
  EXPECT_LE(e.p99, GetParam().p99_pct);
}

// Three drives as RAID 0 of Linux md (the job's file was /dev/md0), of which the fit has seen no figure: it
// knows one drive with up to four outstanding and, from a deep run of that one drive, how many commands a
// second its link takes.
TEST(FioGridOfRealStripe, IsPredictedFromOneOfItsDrives) {
  if (!std::filesystem::exists(data_file()))
    GTEST_SKIP() << "there is no " << data_file() << "; BLKPATH_SHARED_DATA says where";
  const std::vector<GridCell> one = cells_of("HPDL380G8/RAID/P420i_CRUCIAL_MX200");
  ASSERT_FALSE(one.empty());
  GridFitOptions options;
  options.given.entries.push_back(parse_parameter("command_cost=14.2us"));
  const GridFit fit = fit_grid(one, options);
  options.stripe = GridStripe{3};
  const auto three = predict_grid(cells_of("HPDL380G8/RAID/P420i_CRUCIAL_MX200x3_RAIDO"), fit, options);
  for (const std::string rw : {"randread", "randwrite"}) {
    const GridErrors e = grid_errors(three, rw, false);
    RecordProperty(rw + "_iops_pct", std::to_string(e.iops));
    RecordProperty(rw + "_p99_pct", std::to_string(e.p99));
    EXPECT_EQ(e.cells, 49u);
    EXPECT_LE(e.iops, 4) << rw;
    EXPECT_LE(e.p99, 19) << rw;
  }
}

const std::vector<std::string> kDisk{"turn=8333us"};
INSTANTIATE_TEST_SUITE_P(
    , FioGridOfRealDevices,
    testing::Values(Measured{"HPMICROSERVERG10/SATA_AHCI_HGST_HTS72101_100GB_7K2RPM", "randread", kDisk, 8,
                             10},
                    Measured{"HPDL380G8/RAID/P420i_HGST_HTS72101_100GB7k", "randread", kDisk, 10, 27},
                    Measured{"HPDL380G8/RAID/P420i_HGST_HTS72101_100GB7k", "randwrite", kDisk, 7, 46},
                    Measured{"HPDL380G8/RAID/P420i_CRUCIAL_MX200", "randwrite", {}, 4, 31}));

}  // namespace
}  // namespace blkpath
