/// How long a disk's arm takes to cross cylinders.
#pragma once
#include <cstdint>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// Seek over d cylinders: a + b sqrt(d) + c d through three data-sheet points, held level where that would
/// fall.
class SeekCurve {
 public:
  /// @param next       to the next cylinder
  /// @param average    over a third of the stroke; not below `next`
  /// @param full       over the full stroke; not below `average`
  /// @param cylinders  of the disk
  SeekCurve(Time next, Time average, Time full, std::int32_t cylinders);

  /// @param distance  in [0, cylinders); 0 takes no time
  std::int64_t ns(std::int32_t distance) const { return ns_[static_cast<std::size_t>(distance)]; }
  /// Mean over two independent uniform positions on `cylinders` neighbouring cylinders, in seconds.
  double mean(std::int32_t cylinders) const;

 private:
  std::vector<std::int32_t> ns_;  ///< by distance
};

}  // namespace blkpath
