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

class FioGridOfRealDevices : public testing::TestWithParam<Measured> {};

TEST_P(FioGridOfRealDevices, IsPredictedFromFourOutstanding) {
  const char* set = std::getenv("BLKPATH_SHARED_DATA");
  const std::string file = (set ? std::string(set) : BLKPATH_SOURCE_DIR "/../shared/data") +
                           "/fio_measured/iodepth_numjobs_grid.csv";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "there is no " << file << "; BLKPATH_SHARED_DATA says where";
  std::vector<GridCell> cells;
  for (GridCell& c : read_grid_csv(file))
    if (c.device == GetParam().device) cells.push_back(std::move(c));
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

const std::vector<std::string> kDisk{"turn=8333us"};
INSTANTIATE_TEST_SUITE_P(
    , FioGridOfRealDevices,
    testing::Values(Measured{"HPMICROSERVERG10/SATA_AHCI_HGST_HTS72101_100GB_7K2RPM", "randread", kDisk, 8,
                             10},
                    Measured{"HPDL380G8/RAID/P420i_HGST_HTS72101_100GB7k", "randread", kDisk, 10, 27},
                    Measured{"HPDL380G8/RAID/P420i_HGST_HTS72101_100GB7k", "randwrite", kDisk, 7, 50},
                    Measured{"HPDL380G8/RAID/P420i_CRUCIAL_MX200", "randwrite", {}, 4, 40}));

}  // namespace
}  // namespace blkpath
