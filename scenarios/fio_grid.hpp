/// Results of fio over a grid of iodepth x numjobs: what a calibrated device is fitted to.
#pragma once
#include <string>
#include <vector>

#include "model/job_spec.hpp"

namespace blkpath {

/// One fio run, all its jobs together, in one direction.
struct GridCell {
  std::string device;  ///< what was measured
  std::string rw;      ///< fio's word: randread, randwrite, read, write
  Dir dir = Dir::read;
  bool random = true;
  Bytes block{4096};
  int iodepth = 1, numjobs = 1;
  Time runtime = 60s;
  double iops = 0;
  double slat_us = 0, clat_us = 0, p50_us = 0, p99_us = 0, p999_us = 0;
  double usr_percent = 0, sys_percent = 0;  ///< of a processor, mean over the jobs

  int product() const { return iodepth * numjobs; }
};

/// A table with a line of column names. Needed: rw, bs, iodepth, numjobs, iops, clat_mean_us, clat_p50_us,
/// clat_p99_us. Used: system_device, runtime_ms, slat_mean_us, clat_p999_us, usr_pct, sys_pct. Others are
/// skipped.
/// @throws ConfigError with file, line and column
std::vector<GridCell> read_grid_csv(const std::string& path);

/// One file of `fio --output-format=json` (or json+), of one job, or of several with group_reporting.
/// @throws ConfigError
std::vector<GridCell> read_grid_json(const std::string& path);

}  // namespace blkpath
