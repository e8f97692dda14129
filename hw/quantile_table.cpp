#include "hw/quantile_table.hpp"

#include <stdexcept>

namespace blkpath {

QuantileTable::QuantileTable(const std::vector<QuantilePoint>& points, const std::string& name)
    : points_(points) {
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!(points[i].quantile >= 0 && points[i].quantile <= 1) || points[i].time < Time{0} ||
        (i > 0 && (points[i].quantile <= points[i - 1].quantile || points[i].time < points[i - 1].time)))
      throw std::invalid_argument(name +
                                  ": quantiles go up from 0 to 1 and their times do not fall, for example "
                                  "[[0, 80us], [0.5, 110us], [0.99, 300us]]");
}

Time QuantileTable::mean() const {
  if (points_.empty()) return Time{0};
  double ns = static_cast<double>(points_.front().time.count()) * points_.front().quantile +
              static_cast<double>(points_.back().time.count()) * (1 - points_.back().quantile);
  for (std::size_t i = 1; i < points_.size(); ++i)
    ns += static_cast<double>((points_[i].time + points_[i - 1].time).count()) / 2 *
          (points_[i].quantile - points_[i - 1].quantile);
  return Time{static_cast<std::int64_t>(ns)};
}

}  // namespace blkpath
