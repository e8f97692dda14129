#include "cli/trace_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "cli/human.hpp"
#include "cli/trace_args.hpp"

namespace blkpath::cli {
namespace {

constexpr std::size_t kShownDevices = 10, kShownSizes = 4;

double real(std::int64_t n) { return static_cast<double>(n); }

std::string plural(std::int64_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string line(const char* name, const std::string& text) {
  return fmt::format("  {:<18} {}\n", name, text);
}

std::string head(const TraceSummary& s) {
  const TraceStats& t = *s.stats;
  std::string out = fmt::format("{} ({})\n  {} in {}", s.file, s.meta.format, plural(t.count(), "I/O"),
                                human_time(real(t.duration().count())));
  if (s.meta.epoch_ns != 0) out += fmt::format(", time 0 is {}", utc(s.meta.epoch_ns));
  out += "\n";
  if (s.interrupted) out += "  interrupted: what follows is of the part that was read\n";
  if (s.skipped > 0) out += fmt::format("  {} passed over\n", plural(s.skipped, "malformed record"));
  for (const std::string& note : s.meta.notes) out += fmt::format("  note: {}\n", note);
  return out;
}

std::string common_sizes(const OpStats& op) {
  std::string out;
  const auto sizes = op.sizes.by_count();
  for (std::size_t i = 0; i < std::min(sizes.size(), kShownSizes); ++i)
    out += fmt::format("{}{} {:.1f} %", i > 0 ? ", " : "", human_bytes(sizes[i].size),
                       100 * real(sizes[i].count) / real(op.count));
  return out;
}

std::string ops_text(const TraceStats& t) {
  const Totals all = totals(t);
  std::string out =
      fmt::format("\n  {:<6} {:>12} {:>8} {:>10} {:>8} {:>9} {:>9} {:>9}  {}\n", "", "I/Os", "share", "moved",
                  "share", "smallest", "mean", "largest", "most common sizes");
  for (const Op op : {Op::read, Op::write, Op::flush, Op::trim}) {
    const OpStats& o = t.op(op);
    if (o.count == 0) continue;
    out += fmt::format("  {:<6} {:>12} {:>8} {:>10} {:>8} {:>9} {:>9} {:>9}  {}\n", op_name(op), o.count,
                       human_percent(real(o.count), real(all.count)), human_bytes(real(o.bytes)),
                       human_percent(real(o.bytes), real(all.bytes)), human_bytes(o.min_size),
                       human_bytes(real(o.bytes) / real(o.count)), human_bytes(o.max_size), common_sizes(o));
  }
  return out;
}

std::string blocks(const WorkingSet::Count& c) {
  std::string out = human_bytes(c.blocks * (1 << WorkingSet::kBlockBits));
  if (c.standard_error > 0)
    out += fmt::format(" +- {:.2f} %", 100 * c.standard_error / std::max(1.0, c.blocks));
  return out;
}

std::string addresses_text(const TraceStats& t) {
  if (t.addressed() == 0) return "";
  const double n = real(t.addressed());
  const auto runs = [&](std::int64_t continued) {
    const double count = n - real(continued);
    double bytes = 0;
    for (const DeviceStats& d : t.devices().all()) bytes += real(d.bytes);
    return fmt::format("runs of {:.3g} I/Os, {}", n / count, human_bytes(bytes / count));
  };
  const WorkingSet::Summary w = t.working_set().summary();
  std::string out = "\nAddresses\n";
  out += line("sequential", fmt::format("{} begin where the last I/O on the device ended ({})",
                                        human_percent(real(t.sequential()), n), runs(t.sequential())));
  out += line("in streams", fmt::format("{} begin where one of the {} last streams on the device ended ({})",
                                        human_percent(real(t.in_streams()), n), DeviceStats::kStreams,
                                        runs(t.in_streams())));
  out += line("aligned", human_percent(real(t.aligned()), n) + " begin and end on 4 KiB");
  out += line("working set",
              fmt::format("{} in 4 KiB blocks: {} read, {} written ({})", blocks(w.touched), blocks(w.read),
                          blocks(w.written),
                          w.sampling_rate < 1 ? fmt::format("estimated from 1/{:.0f} of the regions, +- one "
                                                            "standard error",
                                                            1 / w.sampling_rate)
                                              : "exact"));
  out += line("again", fmt::format("{} of block reads, {} of block writes{}",
                                   human_percent(w.read_again, real(w.block_reads)),
                                   human_percent(w.written_again, real(w.block_writes)),
                                   2 * t.aligned() < t.addressed()
                                       ? "; neighbours that share a block, as most are not aligned, count too"
                                       : ""));
  return out;
}

std::string arrivals_text(const TraceStats& t) {
  const Arrivals& a = t.arrivals();
  const LatencyStat& g = a.gaps();
  std::string out = "\nArrivals\n";
  if (t.duration() > Time{0}) {
    const auto& second = a.windows()[2];
    std::string rate = fmt::format("{} I/Os/s, {}/s", human_count(real(t.count()) / seconds(t.duration())),
                                   human_bytes(real(totals(t).bytes) / seconds(t.duration())));
    if (second.windows() > 0)
      rate +=
          fmt::format("; {} in the busiest second, {:.3g} times the mean", human_count(real(second.peak())),
                      real(second.peak()) / std::max(second.mean(), 1e-9));
    out += line("mean rate", rate);
  }
  if (g.count() > 0) {
    const auto percentile = [&](double p) {
      const Time at = g.percentile(p);
      return (past_histogram(at) ? "> " : "") + human_time(real(at.count()));
    };
    out += line("gaps",
                fmt::format("mean {}, median {}, p99 {}, most {}; coefficient of variation {:.3g}",
                            human_time(g.mean_ns()), percentile(50), percentile(99),
                            human_time(real(g.max().count())), g.stddev_ns() / std::max(g.mean_ns(), 1e-9)));
  }
  std::string dispersion;
  for (const WindowCounts& w : a.windows())
    if (const auto d = w.dispersion())
      dispersion += fmt::format("{}{} in {}", dispersion.empty() ? "" : ", ", human_count(*d),
                                human_time(real(w.width().count())));
  if (!dispersion.empty())
    out += line("dispersion", dispersion + " (variance over mean of counts; Poisson: 1)");
  if (a.backwards() > 0) {
    out +=
        line("out of order",
             plural(a.backwards(), "time stamp") + " earlier than the one before" +
                 (a.unordered() > 0 ? fmt::format("; {} too far back to put in order", a.unordered()) : ""));
  }
  if (a.completes())
    out += line("outstanding", fmt::format("mean {:.3g}, most {}{}", a.mean_outstanding(),
                                           a.at_least() ? "at least " : "", a.most_outstanding()));
  const Lateness& late = t.lateness();
  if (late.early > 0) out += line("early", plural(late.early, "I/O") + " issued before intended");
  return out;
}

std::string results_text(const TraceStats& t) {
  std::string out;
  for (const auto& [error, n] : t.failures())
    out += line("failed", fmt::format("{}: {}", n, std::generic_category().message(error)));
  if (t.other_failures() > 0) out += line("failed", fmt::format("{}: other errors", t.other_failures()));
  if (t.short_ios() > 0) out += line("short", fmt::format("{} moved less than asked", t.short_ios()));
  if (t.merged() > 0) out += line("merged", fmt::format("{} served as a part of another", t.merged()));
  if (t.completed() > 0 && t.completed() < t.count())
    out += line("not completed", fmt::format("{} in the trace", t.count() - t.completed()));
  if (t.negative() > 0)
    out += line("negative", plural(t.negative(), "time") + " would be; in no distribution");
  return out.empty() ? "" : "\nResults\n" + out;
}

std::string latencies_text(const TraceStats& t) {
  const auto all = latencies(t);
  if (all.empty()) return "";
  constexpr std::array kPercents{50.0, 90.0, 99.0, 99.9};
  std::string out = fmt::format("\n{:<14} {:>12} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "Latency",
                                "I/Os", "least", "mean", "p50", "p90", "p99", "p99.9", "most");
  for (const auto& [name, l] : all) {
    out += fmt::format("  {:<12} {:>12} {:>9} {:>9}", name, l->count(), human_time(real(l->min().count())),
                       human_time(l->mean_ns()));
    for (const double p : kPercents) {
      const Time at = std::min(l->percentile(p), l->max());  // the middle of a bucket may lie beyond
      out += fmt::format(" {:>9}", (past_histogram(at) ? ">" : "") + human_time(real(at.count())));
    }
    out += fmt::format(" {:>9}\n", human_time(real(l->max().count())));
  }
  return out;
}

std::string devices_text(const TraceStats& t) {
  std::vector<const DeviceStats*> all;
  for (const DeviceStats& d : t.devices().all()) all.push_back(&d);
  std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->ios > b->ios; });
  std::string out = fmt::format("\n{:<10} {:>12} {:>8} {:>10} {:>10} {:>20} {:>20}   ({}, {})\n", "Device",
                                "I/Os", "reads", "moved", "sequential", "from byte", "to byte",
                                plural(static_cast<std::int64_t>(all.size()), "device"),
                                plural(static_cast<std::int64_t>(t.jobs()), "job"));
  for (std::size_t i = 0; i < std::min(all.size(), kShownDevices); ++i) {
    const DeviceStats& d = *all[i];
    out += fmt::format("  {:<8} {:>12} {:>8} {:>10} {:>10} {:>20} {:>20}\n", d.device, d.ios,
                       human_percent(real(d.reads), real(d.ios)), human_bytes(real(d.bytes)),
                       human_percent(real(d.sequential), real(d.ios)), d.low, d.high);
  }
  if (all.size() > kShownDevices)
    out += fmt::format("  and {} more; --json lists them\n", all.size() - kShownDevices);
  if (t.devices().untracked() > 0)
    out += fmt::format("  {} on devices past the first {}, not told apart\n",
                       plural(t.devices().untracked(), "I/O"), DeviceTable::kMostDevices);
  return all.empty() ? "" : out;
}

}  // namespace

Totals totals(const TraceStats& stats) {
  Totals all;
  for (const Op op : {Op::read, Op::write, Op::flush, Op::trim}) {
    all.count += stats.op(op).count;
    all.bytes += stats.op(op).bytes;
  }
  return all;
}

bool past_histogram(Time percentile) {
  return percentile.count() >= LatencyStat::bucket_value(LatencyStat::kBuckets - 1);
}

std::vector<std::pair<std::string, const LatencyStat*>> latencies(const TraceStats& stats) {
  std::vector<std::pair<std::string, const LatencyStat*>> all;
  const auto add = [&](const std::string& name, const LatencyStat& l) {
    if (l.count() > 0) all.emplace_back(name, &l);
  };
  for (const Op op : {Op::read, Op::write, Op::flush, Op::trim}) {
    const OpStats& o = stats.op(op);
    add(std::string(op_name(op)) + " slat", o.slat);
    add(std::string(op_name(op)) + " clat", o.clat);
    add(std::string(op_name(op)) + " total", o.total);
  }
  const Phases& p = stats.phases();
  add("Q2G", p.q2g);
  add("G2I", p.g2i);
  add("I2D", p.i2d);
  add("D2C", p.d2c);
  add("Q2C", p.q2c);
  add("lateness", stats.lateness().late);
  return all;
}

std::string trace_text(const TraceSummary& summary) {
  const TraceStats& t = *summary.stats;
  if (t.count() == 0) return head(summary);
  return head(summary) + ops_text(t) + addresses_text(t) + arrivals_text(t) + results_text(t) +
         latencies_text(t) + devices_text(t);
}

}  // namespace blkpath::cli
