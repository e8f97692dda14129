/// Which members of a RAID set are there, and on which disks.
#pragma once
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "hw/raid_layout.hpp"

namespace blkpath {

/// A failed member is gone, except for what a rebuild has copied to a spare: the rows before the frontier.
/// Rows are bytes of a member, counted from its beginning. One member is rebuilt at a time.
class RaidMembers {
 public:
  static constexpr std::int64_t kNone = -1;

  explicit RaidMembers(const RaidLayout& layout)
      : layout_(layout),
        disk_(static_cast<std::size_t>(layout.members())),
        failed_(static_cast<std::size_t>(layout.members())) {
    std::iota(disk_.begin(), disk_.end(), std::uint16_t{0});
  }

  bool healthy() const { return failures_ == 0; }
  /// More members failed than the level bears.
  bool offline() const { return offline_; }
  bool failed(std::int64_t member) const { return failed_[static_cast<std::size_t>(member)]; }
  /// Does it hold its rows up to `end`?
  bool present(std::int64_t member, std::int64_t end) const {
    return healthy() || !failed(member) || (member == rebuilding_ && end <= frontier_);
  }
  /// The disk on which it lies: its own, or the spare on which it is rebuilt.
  std::uint16_t disk(std::int64_t member) const { return disk_[static_cast<std::size_t>(member)]; }
  /// The member that lies on a disk; kNone of a spare that is not in use.
  std::int64_t member_on(std::uint16_t disk) const {
    const auto found = std::find(disk_.begin(), disk_.end(), disk);
    return found == disk_.end() ? kNone : found - disk_.begin();
  }
  /// A failed member that is not being rebuilt; kNone when there is none.
  std::int64_t first_gone() const {
    for (std::int64_t m = 0; m < layout_.members(); ++m)
      if (failed(m) && m != rebuilding_) return m;
    return kNone;
  }

  void fail(std::int64_t member) {
    failed_[static_cast<std::size_t>(member)] = true;
    ++failures_;
    offline_ = too_many();
  }
  std::int64_t rebuilding() const { return rebuilding_; }
  std::int64_t frontier() const { return frontier_; }
  void begin_rebuild(std::int64_t member, std::uint16_t spare) {
    disk_[static_cast<std::size_t>(member)] = spare;
    rebuilding_ = member;
    frontier_ = 0;
  }
  void advance(std::int64_t rows) { frontier_ += rows; }
  void end_rebuild() {
    failed_[static_cast<std::size_t>(rebuilding_)] = false;
    --failures_;
    rebuilding_ = kNone;
    offline_ = too_many();
  }

 private:
  bool too_many() const {
    const std::int64_t copies = layout_.copies();
    if (copies == 1) return failures_ > layout_.parities();
    for (std::int64_t m = 0; m < layout_.members(); m += copies) {
      bool gone = true;
      for (std::int64_t copy = m; copy < m + copies; ++copy) gone = gone && failed(copy);
      if (gone) return true;
    }
    return false;
  }
  RaidLayout layout_;
  std::vector<std::uint16_t> disk_;
  std::vector<bool> failed_;
  int failures_ = 0;
  bool offline_ = false;
  std::int64_t rebuilding_ = kNone, frontier_ = 0;
};

}  // namespace blkpath
