#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "cli/human.hpp"
#include "cli/trace_report.hpp"

namespace blkpath::cli {
namespace {

/// Values per second from sums in the columns of [low, high].
ColumnChart over_time(const AdaptiveHistogram& sums, Time low, Time high, double per,
                      const PlotStyle& style) {
  ColumnChart chart;
  chart.values = sums.columns(low.count(), high.count(), style.columns());
  const double column_ns = static_cast<double>((high - low).count()) / style.columns();
  for (double& value : chart.values) value *= per / column_ns;
  chart.ticks = time_ticks(low, high, style.columns());
  return chart;
}

std::string rate_chart(const TraceStats& t, const PlotStyle& style) {
  const Arrivals& a = t.arrivals();
  ColumnChart chart = over_time(a.rate(), a.first(), a.last(), 1e9, style);
  chart.title = "Arrivals: I/Os per second over time";
  chart.label = human_count;
  return draw(chart, style);
}

std::string depth_chart(const TraceStats& t, const PlotStyle& style) {
  const Arrivals& a = t.arrivals();
  if (!a.completes()) return "";
  ColumnChart chart = over_time(a.depth(), a.first(), a.last(), 1, style);
  chart.title = "Outstanding I/Os over time, mean of each column";
  chart.label = human_count;
  return draw(chart, style);
}

std::string size_chart(const TraceStats& t, const PlotStyle& style) {
  std::map<int, std::int64_t> counts;  // by the power of two at or above the size
  std::int64_t all = 0;
  for (const Op op : {Op::read, Op::write})
    for (const SizeCounts::Entry& e : t.op(op).sizes.by_count()) {
      counts[e.size > 0 ? std::bit_width(e.size - 1) : 0] += e.count;
      all += e.count;
    }
  if (all == 0) return "";
  BarChart chart{"Sizes of reads and writes, up to", {}};
  for (int power = counts.begin()->first; power <= counts.rbegin()->first; ++power) {
    const auto found = counts.find(power);
    const double count = found == counts.end() ? 0 : static_cast<double>(found->second);
    chart.rows.push_back(
        {human_bytes(std::ldexp(1, power)), human_percent(count, static_cast<double>(all)), count});
  }
  return draw(chart, style);
}

std::string latency_chart(const TraceStats& t, const PlotStyle& style) {
  LatencyStat all;
  for (const Op op : {Op::read, Op::write}) all.merge(t.op(op).total);
  if (all.count() == 0) return "";
  // From the power of ten below the shortest to the one above the longest that the histogram holds.
  const double longest = static_cast<double>(LatencyStat::bucket_value(LatencyStat::kBuckets - 1));
  const double shortest = std::max(1.0, static_cast<double>(all.min().count()));
  const double low = std::pow(10, std::floor(std::log10(shortest)));
  const double high = std::pow(
      10, std::floor(std::log10(std::clamp(static_cast<double>(all.max().count()), shortest, longest))) + 1);
  ColumnChart chart;
  chart.title = "Latency of reads and writes, share of I/Os";
  chart.values.resize(static_cast<std::size_t>(style.columns()));
  const double columns_per_log = style.columns() / std::log(high / low);
  const auto column_of = [&](double ns) { return std::log(std::max(ns, low) / low) * columns_per_log; };
  for (std::size_t i = 0; i < LatencyStat::kBuckets; ++i) {
    if (all.buckets()[i] == 0) continue;
    // A bucket that is wider than a column is spread over those that it covers.
    const double middle = static_cast<double>(LatencyStat::bucket_value(i));
    const double half = static_cast<double>(std::bit_floor(static_cast<std::uint64_t>(middle) | 1)) / 128;
    const double from = column_of(middle - half), to = std::max(column_of(middle + half), from + 1e-6);
    for (int c = static_cast<int>(from); c <= static_cast<int>(to) && c < style.columns(); ++c)
      chart.values[static_cast<std::size_t>(c)] +=
          100 * static_cast<double>(all.buckets()[i]) / static_cast<double>(all.count()) *
          (std::min<double>(to, c + 1) - std::max<double>(from, c)) / (to - from);
  }
  chart.label = [](double percent) { return fmt::format("{:.3g} %", percent); };
  chart.ticks = log_ticks(low, high, style.columns(), human_time);
  return draw(chart, style);
}

std::string offset_chart(const TraceStats& t, const PlotStyle& style) {
  const DeviceStats* busiest = nullptr;
  for (const DeviceStats& d : t.devices().all())
    if (d.map && (busiest == nullptr || d.ios > busiest->ios)) busiest = &d;
  if (busiest == nullptr) return "";
  const Arrivals& a = t.arrivals();
  HeatMap map;
  map.title = fmt::format("Offset over time, device {}", busiest->device);
  map.fields = busiest->map->fields(a.first().count(), a.last().count(), style.columns(), busiest->low,
                                    busiest->high, HeatMap::kRows);
  const auto at = [&](double part) {
    return human_bytes(static_cast<double>(busiest->low) +
                       part * static_cast<double>(busiest->high - busiest->low));
  };
  map.low = at(0);
  map.middle = at(0.5);
  map.high = at(1);
  map.ticks = time_ticks(a.first(), a.last(), style.columns());
  return draw(map, style);
}

}  // namespace

std::string trace_charts(const TraceStats& stats, const PlotStyle& style) {
  std::string out;
  if (stats.count() < 2 || stats.duration() <= Time{0}) return out;
  for (const auto chart : {rate_chart, depth_chart, size_chart, latency_chart, offset_chart})
    if (const std::string text = chart(stats, style); !text.empty()) out += "\n" + text;
  return out;
}

}  // namespace blkpath::cli
