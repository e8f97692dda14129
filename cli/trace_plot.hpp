/// Charts of characters, in Unicode's block elements or in ASCII.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath::cli {

struct PlotStyle {
  int width = 80;  ///< characters in a line
  bool ascii = false;

  int columns() const { return width - kMargin; }  ///< of the field in which is drawn
  static constexpr int kMargin = 12;               ///< for the labels on the left, and the axis
};
/// As wide as the terminal on standard output, up to 160; 80 when it is none.
PlotStyle plot_style(bool ascii);

/// A label below the column at which its value stands.
struct Tick {
  double column;
  std::string label;
};

/// Columns above an axis, from 0 up.
struct ColumnChart {
  std::string title;
  std::vector<double> values;  ///< one for each of PlotStyle::columns()
  std::string (*label)(double value);
  std::vector<Tick> ticks;
};
std::string draw(const ColumnChart& chart, const PlotStyle& style);

/// A bar to the right for each row.
struct BarChart {
  struct Row {
    std::string label, text;  ///< left of the bar, right of it
    double value;
  };
  std::string title;
  std::vector<Row> rows;
};
std::string draw(const BarChart& chart, const PlotStyle& style);

/// Shades for counts, darker on a logarithmic scale.
struct HeatMap {
  static constexpr int kRows = 20;
  std::string title;
  std::vector<double> fields;     ///< kRows rows of PlotStyle::columns(), the lowest first
  std::string low, middle, high;  ///< labels of the vertical axis
  std::vector<Tick> ticks;
};
std::string draw(const HeatMap& map, const PlotStyle& style);

/// Ticks at round times for an axis of `columns` from `low` to `high`.
std::vector<Tick> time_ticks(Time low, Time high, int columns);
/// Ticks at powers of ten for a logarithmic axis.
std::vector<Tick> log_ticks(double low, double high, int columns, std::string (*label)(double));

}  // namespace blkpath::cli
