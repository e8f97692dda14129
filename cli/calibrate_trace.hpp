/// `blkpath calibrate --model calibrated --trace`: a device from a trace with several I/Os outstanding.
#pragma once
#include <string>
#include <vector>

namespace blkpath::cli {

struct TraceFitArgs {
  std::string trace, output, seed;
  std::vector<std::string> sets;
  bool json = false;
};

/// Fits to the first half, tests on the second. @return the exit status
int calibrate_trace(const TraceFitArgs& args);

}  // namespace blkpath::cli
