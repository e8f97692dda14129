#include "hw/run_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace blkpath {

RunTable::RunTable(std::vector<DiskRun> runs) : runs_(std::move(runs)) {
  if (runs_.empty()) throw std::invalid_argument("a layout without sectors");
  for (const DiskRun& run : runs_) {
    if (run.first != sectors_ || run.sectors < 1)
      throw std::invalid_argument(
          fmt::format("the layout has block {} where block {} belongs", run.first, sectors_));
    sectors_ = run.end();
    cylinders_ = std::max(cylinders_, run.cylinder + 1);
  }
  std::uint32_t run = 0;
  for (std::int64_t lbn = 0; lbn < sectors_; lbn += std::int64_t{1} << kShift) {
    while (runs_[run].end() <= lbn) ++run;
    index_.push_back(run);
  }
  runs_.push_back({.first = sectors_});
}

}  // namespace blkpath
