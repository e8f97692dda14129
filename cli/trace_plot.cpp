#include "cli/trace_plot.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace blkpath::cli {
namespace {

struct Glyphs {
  std::array<const char*, 9> up;     ///< a cell filled from below, by eighths
  std::array<const char*, 9> right;  ///< a cell filled from the left, by eighths
  std::array<const char*, 5> shades;
  const char *side, *side_tick, *corner, *base, *base_tick;
};
constexpr Glyphs kUnicode{{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
                          {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
                          {" ", "░", "▒", "▓", "█"},
                          "│",
                          "┤",
                          "└",
                          "─",
                          "┬"};
constexpr Glyphs kAscii{{" ", " ", ".", ".", ".", ":", ":", "#", "#"},
                        {" ", " ", " ", " ", "-", "-", "-", "#", "#"},
                        {" ", ".", ":", "*", "#"},
                        "|",
                        "+",
                        "+",
                        "-",
                        "+"};
const Glyphs& glyphs(const PlotStyle& style) { return style.ascii ? kAscii : kUnicode; }

constexpr int kLabel = PlotStyle::kMargin - 2;  ///< a blank and the axis follow

std::string left(const std::string& label, const char* axis) {
  return fmt::format("{:>{}} {}", label, kLabel, axis);
}

/// The horizontal axis with its ticks, and a line of their labels, each in the middle below its tick where
/// the neighbours leave room.
std::string axis(const std::vector<Tick>& ticks, const std::string& label, const PlotStyle& style) {
  const Glyphs& g = glyphs(style);
  std::vector<const char*> line(static_cast<std::size_t>(style.columns()), g.base);
  std::string labels;
  for (const Tick& tick : ticks) {
    const int column = std::clamp(static_cast<int>(tick.column), 0, style.columns() - 1);
    const int size = static_cast<int>(tick.label.size());
    const int at = std::clamp(PlotStyle::kMargin + column - size / 2, 0, style.width - size);
    const int used = static_cast<int>(labels.size());
    if (used > 0 && at < used + 2) continue;
    line[static_cast<std::size_t>(column)] = g.base_tick;
    labels += fmt::format("{:{}}{}", "", at - used, tick.label);
  }
  return fmt::format("{}{}\n{}\n", left(label, g.corner), fmt::join(line, ""), labels);
}

}  // namespace

PlotStyle plot_style(bool ascii) {
  constexpr int kNarrowest = 40, kWidest = 160;
  PlotStyle style{.ascii = ascii};
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = std::clamp(static_cast<int>(size.ws_col), kNarrowest, kWidest);
  return style;
}

std::string draw(const ColumnChart& chart, const PlotStyle& style) {
  constexpr int kRows = 8;
  const Glyphs& g = glyphs(style);
  const double top = *std::max_element(chart.values.begin(), chart.values.end());
  if (!(top > 0)) return "";
  std::string out = chart.title + "\n";
  for (int row = kRows - 1; row >= 0; --row) {
    const bool labelled = row == kRows - 1 || row == kRows / 2 - 1;
    out += left(labelled ? chart.label(top * (row + 1) / kRows) : "", labelled ? g.side_tick : g.side);
    for (const double value : chart.values) {
      const double eighths = std::ceil(value / top * kRows * 8 - 0.5) - row * 8;
      // Something is never drawn as nothing.
      const double least = row == 0 && value > 0 ? 1 : 0;
      out += g.up[static_cast<std::size_t>(std::clamp(eighths, least, 8.0))];
    }
    out += "\n";
  }
  return out + axis(chart.ticks, "0", style);
}

std::string draw(const BarChart& chart, const PlotStyle& style) {
  const Glyphs& g = glyphs(style);
  double top = 0;
  std::size_t text = 0;
  for (const BarChart::Row& row : chart.rows) {
    top = std::max(top, row.value);
    text = std::max(text, row.text.size());
  }
  if (!(top > 0)) return "";
  const int longest = style.columns() - static_cast<int>(text) - 1;
  std::string out = chart.title + "\n";
  for (const BarChart::Row& row : chart.rows) {
    int eighths = static_cast<int>(std::lround(row.value / top * longest * 8));
    if (row.value > 0) eighths = std::max(eighths, 1);
    out += left(row.label, g.side);
    for (int i = 0; i < longest; ++i)
      out += g.right[static_cast<std::size_t>(std::clamp(eighths - i * 8, 0, 8))];
    out += fmt::format(" {:>{}}\n", row.text, text);
  }
  return out;
}

std::string draw(const HeatMap& map, const PlotStyle& style) {
  const Glyphs& g = glyphs(style);
  const double top = *std::max_element(map.fields.begin(), map.fields.end());
  if (!(top > 0)) return "";
  const int darkest = static_cast<int>(g.shades.size()) - 1;
  // Shade s stands for counts from bound(s) on; the lightest for any.
  const double ratio = std::max(2.0, std::pow(top, 1.0 / darkest));
  const auto bound = [&](int shade) { return std::pow(ratio, shade - 1); };
  std::string out = map.title + "; fields with at least";
  for (int shade = 1; shade <= darkest && bound(shade) <= std::max(1.0, top); ++shade)
    out += fmt::format("{} {} {:.0f}", shade > 1 ? "," : "", g.shades[static_cast<std::size_t>(shade)],
                       std::ceil(bound(shade)));
  out += "\n";
  for (int row = HeatMap::kRows - 1; row >= 0; --row) {
    const std::string label = row == HeatMap::kRows - 1   ? map.high
                              : row == HeatMap::kRows / 2 ? map.middle
                                                          : "";
    out += left(label, label.empty() ? g.side : g.side_tick);
    for (int column = 0; column < style.columns(); ++column) {
      const double count = map.fields[static_cast<std::size_t>(row * style.columns() + column)];
      int shade = count > 0.05 ? 1 : 0;  // a sliver of a neighbour's cell does not count
      while (shade > 0 && shade < darkest && count >= bound(shade + 1)) ++shade;
      out += g.shades[static_cast<std::size_t>(shade)];
    }
    out += "\n";
  }
  return out + axis(map.ticks, map.low, style);
}

std::vector<Tick> time_ticks(Time low, Time high, int columns) {
  struct Step {
    std::int64_t ns;
    std::int64_t unit;
    const char* name;
  };
  constexpr std::int64_t kS = 1'000'000'000, kMin = 60 * kS, kHour = 60 * kMin, kDay = 24 * kHour;
  std::vector<Step> steps;
  for (std::int64_t unit = 1; const char* name : {"ns", "us", "ms", "s"}) {
    for (const std::int64_t n : {1, 2, 5, 10, 20, 50, 100, 200, 500})
      if (unit * n < kMin) steps.push_back({unit * n, unit, name});
    unit *= 1000;
  }
  for (const std::int64_t n : {1, 2, 5, 10, 20, 30}) steps.push_back({n * kMin, kMin, "min"});
  for (const std::int64_t n : {1, 2, 3, 6, 12}) steps.push_back({n * kHour, kHour, "h"});
  for (const std::int64_t n : {1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000, 20000})
    steps.push_back({n * kDay, kDay, "d"});
  const double span = std::max(1.0, static_cast<double>((high - low).count()));
  constexpr int kColumnsApart = 12;
  const double apart = span / columns * kColumnsApart;
  const auto step = std::find_if(steps.begin(), steps.end() - 1,
                                 [&](const Step& s) { return static_cast<double>(s.ns) >= apart; });
  std::vector<Tick> ticks;
  // A round time that lies less than half a column before the first one belongs to it.
  const std::int64_t first = low.count() - static_cast<std::int64_t>(span / columns / 2);
  std::int64_t t = first / step->ns * step->ns;
  if (t < first) t += step->ns;
  for (; t <= high.count(); t += step->ns)
    ticks.push_back({static_cast<double>(t - low.count()) / span * columns,
                     fmt::format("{} {}", t / step->unit, step->name)});
  return ticks;
}

std::vector<Tick> log_ticks(double low, double high, int columns, std::string (*label)(double)) {
  std::vector<Tick> ticks;
  for (double at = std::pow(10, std::ceil(std::log10(low) - 1e-9)); at <= high * 1.000001; at *= 10)
    ticks.push_back({std::log(at / low) / std::log(high / low) * columns, label(at)});
  return ticks;
}

}  // namespace blkpath::cli
