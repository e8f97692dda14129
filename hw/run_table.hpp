/// A disk's map as a table of its runs: for drives whose tracks were measured one by one.
#pragma once
#include <cstdint>
#include <vector>

#include "hw/disk_layout.hpp"

namespace blkpath {

/// 32 bytes for each run and 4 for every 512 blocks: 12 MB for the measured map of a drive of 146 GB. A
/// look-up takes one step into the index and a few along the runs, however irregular the map is.
class RunTable final : public DiskLayout {
 public:
  /// @param runs  in order of LBN and without gaps, the first at 0
  /// @throws std::invalid_argument when they are not
  explicit RunTable(std::vector<DiskRun> runs);
  DiskRun find(std::int64_t lbn) const override {
    std::size_t i = index_[static_cast<std::size_t>(lbn >> kShift)];
    while (lbn >= runs_[i + 1].first) ++i;  // a run beyond the last one ends the search
    return runs_[i];
  }
  /// All of them, in order.
  const std::vector<DiskRun>& runs() const { return runs_; }

 private:
  static constexpr int kShift = 9;
  std::vector<DiskRun> runs_;
  std::vector<std::uint32_t> index_;
};

}  // namespace blkpath
