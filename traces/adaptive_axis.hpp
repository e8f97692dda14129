/// Histograms over a range that is not known beforehand, in constant memory: when a value does not fit, cells
/// are merged in pairs and become twice as wide. At the end at least half of the cells lie in the range that
/// was used.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace blkpath {

/// Where a value stands among 2^`bits` cells of 2^k units each. Cells are numbered from the value 0 and
/// stored at their number modulo 2^`bits`, so that the range can move without copying.
class AdaptiveAxis {
 public:
  explicit AdaptiveAxis(int bits) : mask_((std::int64_t{1} << bits) - 1) {}

  bool empty() const { return last_ < first_; }
  /// Whether `x` fits without making cells wider.
  bool fits(std::int64_t x) const {
    const std::int64_t cell = x >> shift_;
    return empty() || std::max(last_, cell) - std::min(first_, cell) <= mask_;
  }
  /// The storage place of `x`, which fits.
  std::size_t place(std::int64_t x) {
    const std::int64_t cell = x >> shift_;
    if (empty()) first_ = last_ = cell;
    first_ = std::min(first_, cell);
    last_ = std::max(last_, cell);
    return static_cast<std::size_t>(cell & mask_);
  }
  /// Doubles the width. @param move  called as move(from, to), from the first cell to the last
  template <class Move>
  void widen(Move&& move) {
    for (std::int64_t cell = first_; cell <= last_; ++cell)
      move(static_cast<std::size_t>(cell & mask_), static_cast<std::size_t>((cell >> 1) & mask_));
    first_ >>= 1;
    last_ >>= 1;
    ++shift_;
  }
  std::size_t size() const { return static_cast<std::size_t>(mask_) + 1; }
  std::int64_t width() const { return std::int64_t{1} << shift_; }

  /// Spreads the cells over `columns` equal columns of [low, high]: calls put(place, column, share) for each
  /// part; what sticks out goes to the first or last column.
  template <class Put>
  void spread(std::int64_t low, std::int64_t high, int columns, Put&& put) const {
    const double per_column = std::max(1.0, static_cast<double>(high - low)) / columns;
    for (std::int64_t cell = first_; cell <= last_; ++cell) {
      const double begin = static_cast<double>((cell << shift_) - low) / per_column;
      const double length = static_cast<double>(width()) / per_column;
      const auto column_of = [&](double at) { return std::clamp(static_cast<int>(at), 0, columns - 1); };
      const int to = column_of(begin + length);
      for (int column = column_of(begin); column <= to; ++column) {
        const double from_edge = column == 0 ? begin : std::max<double>(begin, column);
        const double to_edge =
            column == columns - 1 ? begin + length : std::min<double>(begin + length, column + 1);
        if (to_edge > from_edge)
          put(static_cast<std::size_t>(cell & mask_), column, (to_edge - from_edge) / length);
      }
    }
  }

 private:
  std::int64_t mask_, first_ = 0, last_ = -1;  ///< cells in use
  int shift_ = 0;
};

/// Sums over an adaptive axis.
class AdaptiveHistogram {
 public:
  explicit AdaptiveHistogram(int bits = 11) : axis_(bits), cells_(axis_.size()) {}

  void add(std::int64_t x, double weight = 1) {
    make_room(x);
    cells_[axis_.place(x)] += weight;
  }
  /// Adds `height` times the length of [from, to).
  void add_area(std::int64_t from, std::int64_t to, double height) {
    if (to <= from) return;
    make_room(from);
    axis_.place(from);
    make_room(to);
    while (from < to) {
      const std::int64_t stop = std::min(to, (from & ~(axis_.width() - 1)) + axis_.width());
      cells_[axis_.place(from)] += height * static_cast<double>(stop - from);
      from = stop;
    }
  }
  /// Sums in `columns` equal columns of [low, high].
  std::vector<double> columns(std::int64_t low, std::int64_t high, int columns) const {
    std::vector<double> all(static_cast<std::size_t>(columns));
    axis_.spread(low, high, columns, [&](std::size_t place, int column, double share) {
      all[static_cast<std::size_t>(column)] += cells_[place] * share;
    });
    return all;
  }

 private:
  void make_room(std::int64_t x) {
    while (!axis_.fits(x)) {
      const std::vector<double> old = std::exchange(cells_, std::vector<double>(cells_.size()));
      axis_.widen([&](std::size_t from, std::size_t to) { cells_[to] += old[from]; });
    }
  }

  AdaptiveAxis axis_;
  std::vector<double> cells_;
};

/// Counts over two adaptive axes.
class AdaptiveMap {
 public:
  AdaptiveMap(int x_bits, int y_bits) : x_(x_bits), y_(y_bits), cells_(x_.size() * y_.size()) {}

  void add(std::int64_t x, std::int64_t y) {
    while (!x_.fits(x)) widen(x_, y_.size(), y_.size(), 1);
    while (!y_.fits(y)) widen(y_, 1, x_.size(), y_.size());
    ++cells_[x_.place(x) * y_.size() + y_.place(y)];
  }
  /// Counts in `columns` x `rows` equal fields, row by row from the lowest y.
  std::vector<double> fields(std::int64_t x_low, std::int64_t x_high, int columns, std::int64_t y_low,
                             std::int64_t y_high, int rows) const {
    std::vector<double> all(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    x_.spread(x_low, x_high, columns, [&](std::size_t x, int column, double x_share) {
      y_.spread(y_low, y_high, rows, [&](std::size_t y, int row, double y_share) {
        all[static_cast<std::size_t>(row * columns + column)] +=
            cells_[x * y_.size() + y] * x_share * y_share;
      });
    });
    return all;
  }

 private:
  /// @param line   distance of two neighbours on `axis` in cells_
  /// @param count  cells across, `step` apart
  void widen(AdaptiveAxis& axis, std::size_t line, std::size_t count, std::size_t step) {
    const std::vector<std::uint32_t> old = std::exchange(cells_, std::vector<std::uint32_t>(cells_.size()));
    axis.widen([&](std::size_t from, std::size_t to) {
      for (std::size_t i = 0; i < count; ++i) cells_[to * line + i * step] += old[from * line + i * step];
    });
  }

  AdaptiveAxis x_, y_;
  std::vector<std::uint32_t> cells_;
};

}  // namespace blkpath
