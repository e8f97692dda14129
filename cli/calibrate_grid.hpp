/// `blkpath calibrate --fio-csv | --fio-json`: a device from fio's results on a grid of iodepth x numjobs.
#pragma once
#include <string>
#include <vector>

namespace blkpath::cli {

struct GridArgs {
  std::vector<std::string> csv, json_files;
  std::string device, output, seed;
  std::vector<std::string> sets;
  int products = 4;
  bool json = false;
};

/// @return the exit status
int calibrate_grid(const GridArgs& args);

}  // namespace blkpath::cli
