/// One write to a stripe at a time.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "model/core/sim.hpp"

namespace blkpath {

/// Stripes that are locked, each with the requests that wait for it, first come, first served. An
/// open-addressing hash with at most half of its cells in use: as large as the most stripes that were ever
/// locked at once need, so nothing is allocated once that is known.
class StripeLocks {
 public:
  /// @return whether the stripe was free and now is the request's; if not, the request waits in its queue
  bool lock(Sim& sim, std::int64_t stripe, Slot s) {
    std::size_t at = home(stripe);
    for (; cells_[at].stripe != kFree; at = next(at))
      if (cells_[at].stripe == stripe) {
        cells_[at].waiting.push(sim, s);
        return false;
      }
    cells_[at] = {stripe, {}};
    if (2 * ++used_ > cells_.size()) grow();
    return true;
  }
  /// @return the request whose the stripe is now, kNoSlot when none waited
  Slot unlock(Sim& sim, std::int64_t stripe) {
    std::size_t at = home(stripe);
    while (cells_[at].stripe != stripe) at = next(at);
    if (!cells_[at].waiting.empty()) return cells_[at].waiting.pop(sim);
    --used_;
    // Those behind it move up, unless they would move to before their home.
    for (std::size_t from = next(at); cells_[from].stripe != kFree; from = next(from)) {
      const std::size_t distance = (from - home(cells_[from].stripe)) & mask();
      if (distance < ((from - at) & mask())) continue;
      cells_[at] = cells_[from];
      at = from;
    }
    cells_[at].stripe = kFree;
    return kNoSlot;
  }
  std::size_t size() const { return used_; }

 private:
  static constexpr std::int64_t kFree = -1;
  struct Cell {
    std::int64_t stripe = kFree;
    SlotQueue waiting;
  };
  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::size_t home(std::int64_t stripe) const {  // Fibonacci hashing
    return (static_cast<std::uint64_t>(stripe) * 0x9e3779b97f4a7c15u >> 32) & mask();
  }
  void grow() {
    const std::vector<Cell> old = std::exchange(cells_, std::vector<Cell>(2 * cells_.size()));
    for (const Cell& cell : old) {
      if (cell.stripe == kFree) continue;
      std::size_t at = home(cell.stripe);
      while (cells_[at].stripe != kFree) at = next(at);
      cells_[at] = cell;
    }
  }
  std::vector<Cell> cells_ = std::vector<Cell>(64);
  std::size_t used_ = 0;
};

}  // namespace blkpath
