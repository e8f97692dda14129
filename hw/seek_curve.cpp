#include "hw/seek_curve.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace blkpath {

SeekCurve::SeekCurve(Time next, Time average, Time full_stroke, std::int32_t cylinders)
    : ns_(static_cast<std::size_t>(cylinders)) {
  // Solve a + b sqrt(d) + c d through the three points; d = 1, a third of the stroke, the stroke.
  const double full = std::max(3, cylinders - 1), third = full / 3;
  const double t1 = seconds(next), t2 = seconds(average), t3 = seconds(full_stroke);
  const double r2 = std::sqrt(third) - 1, l2 = third - 1, r3 = std::sqrt(full) - 1, l3 = full - 1;
  const double det = r2 * l3 - r3 * l2;
  const bool line = full <= 3;  // a third of the stroke is the next cylinder: two points only
  const double b = line ? 0 : ((t2 - t1) * l3 - (t3 - t1) * l2) / det;
  const double c = line ? (t3 - t1) / l3 : (r2 * (t3 - t1) - r3 * (t2 - t1)) / det;
  for (std::size_t d = 1; d < ns_.size(); ++d) {
    const auto x = static_cast<double>(d);
    const double t = t1 + b * (std::sqrt(x) - 1) + c * (x - 1);
    ns_[d] = std::max(ns_[d - 1], static_cast<std::int32_t>(std::lround(std::clamp(t, t1, t3) * 1e9)));
  }
}

SeekCurve::SeekCurve(const std::vector<SeekPoint>& points, std::int32_t cylinders)
    : ns_(static_cast<std::size_t>(cylinders)) {
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i].cylinders < 1 || points[i].time < Time{0} || points[i].time > Time{1s} ||
        (i > 0 && points[i].cylinders <= points[i - 1].cylinders))
      throw std::invalid_argument(
          "points of a seek curve are in ascending order of distance, from 1 on, and take "
          "0 to 1 s, for example [[1, 0.6ms], [1000, 5ms], [6580, 16ms]]");
  if (points.empty())
    throw std::invalid_argument("a seek curve without points, for example [[1, 0.6ms], [6580, 16ms]]");
  std::size_t next = 0;  // the first point beyond d
  for (std::size_t d = 1; d < ns_.size(); ++d) {
    const auto x = static_cast<std::int64_t>(d);
    while (next < points.size() && points[next].cylinders <= x) ++next;
    const SeekPoint& before = points[next == 0 ? 0 : next - 1];
    const SeekPoint& after = points[next == points.size() ? next - 1 : next];
    std::int64_t t = before.time.count();
    if (after.cylinders > before.cylinders)
      t += (after.time - before.time).count() * (x - before.cylinders) / (after.cylinders - before.cylinders);
    ns_[d] = static_cast<std::int32_t>(t);
  }
}

std::int64_t SeekCurve::shortest() const {
  return ns_.size() < 2 ? 0 : *std::min_element(ns_.begin() + 1, ns_.end());
}

double SeekCurve::mean(std::int32_t cylinders) const {
  // Of n x n pairs, 2 (n - d) are d cylinders apart.
  const double n = cylinders;
  double sum = 0;
  for (std::int32_t d = 1; d < cylinders; ++d) sum += 2 * (n - d) * static_cast<double>(ns(d));
  return sum / (n * n) * 1e-9;
}

}  // namespace blkpath
