/// A distribution of times as a table of quantiles: what is known of a device that nobody can open.
#pragma once
#include <string>
#include <tuple>
#include <vector>

#include "model/core/random.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// The share `quantile` of all takes `time` at most.
struct QuantilePoint {
  double quantile = 0;
  Time time{0};
  static auto fields() { return std::tuple{&QuantilePoint::quantile, &QuantilePoint::time}; }
  static std::string example() { return "[0.5, 120us]"; }
};

/// Inverse of a distribution function: straight lines between its points, level before the first and after
/// the last.
class QuantileTable {
 public:
  /// @param points  ascending in quantile, in [0, 1], and in time; empty: no time at all
  /// @param name    of the parameter, for messages
  /// @throws std::invalid_argument
  QuantileTable(const std::vector<QuantilePoint>& points, const std::string& name);

  Time at(double quantile) const {
    if (points_.empty()) return Time{0};
    std::size_t i = 0;
    while (i < points_.size() && points_[i].quantile < quantile) ++i;
    if (i == 0) return points_.front().time;
    if (i == points_.size()) return points_.back().time;
    const QuantilePoint &a = points_[i - 1], &b = points_[i];
    const double share = (quantile - a.quantile) / (b.quantile - a.quantile);
    return a.time + Time{static_cast<std::int64_t>(share * static_cast<double>((b.time - a.time).count()))};
  }
  Time sample(Random& random) const { return points_.size() < 2 ? at(0) : at(random.uniform()); }
  Time mean() const;

 private:
  std::vector<QuantilePoint> points_;
};

}  // namespace blkpath
