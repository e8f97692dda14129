/// How long a disk's arm takes to cross cylinders.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// A measured point of a seek curve.
struct SeekPoint {
  std::int64_t cylinders = 0;
  Time time{0};
  static auto fields() { return std::tuple{&SeekPoint::cylinders, &SeekPoint::time}; }
  static std::string example() { return "[100, 2.4ms]"; }
};

class SeekCurve {
 public:
  /// Seek over d cylinders: a + b sqrt(d) + c d through three data-sheet points, held level where that would
  /// fall.
  /// @param next       to the next cylinder
  /// @param average    over a third of the stroke; not below `next`
  /// @param full       over the full stroke; not below `average`
  /// @param cylinders  of the disk
  SeekCurve(Time next, Time average, Time full, std::int32_t cylinders);
  /// Straight lines between measured points, level before the first and after the last.
  /// @param points  at least one, in ascending order of distance, the first at 1 or more
  /// @throws std::invalid_argument
  SeekCurve(const std::vector<SeekPoint>& points, std::int32_t cylinders);

  /// @param distance  in [0, cylinders); 0 takes no time
  std::int64_t ns(std::int32_t distance) const { return ns_[static_cast<std::size_t>(distance)]; }
  /// Mean over two independent uniform positions on `cylinders` neighbouring cylinders, in seconds.
  double mean(std::int32_t cylinders) const;
  /// The shortest seek there is.
  std::int64_t shortest() const;

 private:
  std::vector<std::int32_t> ns_;  ///< by distance
};

}  // namespace blkpath
