#include <algorithm>

#include "cli/trace_args.hpp"
#include "cli/trace_report.hpp"

namespace blkpath::cli {
namespace {

using Json = nlohmann::ordered_json;

double share(double part, std::int64_t whole) { return whole > 0 ? part / static_cast<double>(whole) : 0; }
double share(std::int64_t part, std::int64_t whole) { return share(static_cast<double>(part), whole); }

Json latency_json(const LatencyStat& l) {
  Json j{{"count", l.count()},         {"min_ns", l.min().count()}, {"mean_ns", l.mean_ns()},
         {"stddev_ns", l.stddev_ns()}, {"max_ns", l.max().count()}, {"percentiles_ns", Json::object()}};
  for (const auto& [name, percent] :
       {std::pair{"1", 1.0}, std::pair{"10", 10.0}, std::pair{"50", 50.0}, std::pair{"90", 90.0},
        std::pair{"95", 95.0}, std::pair{"99", 99.0}, std::pair{"99.9", 99.9}, std::pair{"99.99", 99.99}})
    j["percentiles_ns"][name] = l.percentile(percent).count();
  return j;
}

Json ops_json(const TraceStats& t) {
  constexpr std::size_t kMostSizes = 64;
  const Totals all = totals(t);
  Json ops = Json::object();
  for (const Op op : {Op::read, Op::write, Op::flush, Op::trim}) {
    const OpStats& o = t.op(op);
    if (o.count == 0) continue;
    Json j{{"count", o.count},
           {"count_share", share(o.count, all.count)},
           {"bytes", o.bytes},
           {"bytes_share", share(o.bytes, all.bytes)},
           {"min_size_bytes", o.min_size},
           {"mean_size_bytes", share(o.bytes, o.count)},
           {"max_size_bytes", o.max_size},
           {"sizes", Json::array()}};
    const auto sizes = o.sizes.by_count();
    for (std::size_t i = 0; i < std::min(sizes.size(), kMostSizes); ++i)
      j["sizes"].push_back({{"size_bytes", sizes[i].size}, {"count", sizes[i].count}});
    ops[op_name(op)] = std::move(j);
  }
  return ops;
}

Json count_json(const WorkingSet::Count& c) {
  return {{"blocks", c.blocks}, {"standard_error_blocks", c.standard_error}};
}

Json addresses_json(const TraceStats& t) {
  const WorkingSet::Summary w = t.working_set().summary();
  const std::int64_t n = t.addressed();
  return {{"count", n},
          {"sequential_share", share(t.sequential(), n)},
          {"sequential_mean_run", share(n, n - t.sequential())},
          {"stream_window", DeviceStats::kStreams},
          {"in_streams_share", share(t.in_streams(), n)},
          {"in_streams_mean_run", share(n, n - t.in_streams())},
          {"aligned_4kib_share", share(t.aligned(), n)},
          {"working_set",
           {{"block_bytes", 1 << WorkingSet::kBlockBits},
            {"exact", w.sampling_rate >= 1},
            {"sampling_rate", w.sampling_rate},
            {"touched", count_json(w.touched)},
            {"read", count_json(w.read)},
            {"written", count_json(w.written)},
            {"block_reads", w.block_reads},
            {"block_writes", w.block_writes},
            {"read_again_share", share(w.read_again, w.block_reads)},
            {"written_again_share", share(w.written_again, w.block_writes)}}}};
}

Json arrivals_json(const TraceStats& t) {
  const Arrivals& a = t.arrivals();
  const LatencyStat& g = a.gaps();
  Json j{{"first_ns", t.count() > 0 ? a.first().count() : 0},
         {"rate_per_s", t.duration() > Time{0} ? static_cast<double>(t.count()) / seconds(t.duration()) : 0},
         {"gap", latency_json(g)},
         {"gap_coefficient_of_variation", g.mean_ns() > 0 ? g.stddev_ns() / g.mean_ns() : 0},
         {"backwards", a.backwards()},
         {"unordered", a.unordered()},
         {"windows", Json::array()}};
  for (const WindowCounts& w : a.windows()) {
    const auto dispersion = w.dispersion();
    j["windows"].push_back({{"width_s", seconds(w.width())},
                            {"windows", w.windows()},
                            {"mean", w.mean()},
                            {"peak", w.peak()},
                            {"index_of_dispersion", dispersion ? Json(*dispersion) : Json(nullptr)}});
  }
  if (a.completes())
    j["outstanding"] = {
        {"mean", a.mean_outstanding()}, {"max", a.most_outstanding()}, {"max_is_bound", a.at_least()}};
  return j;
}

Json results_json(const TraceStats& t) {
  Json errors = Json::array();
  for (const auto& [error, count] : t.failures())
    errors.push_back(
        {{"errno", error}, {"message", std::generic_category().message(error)}, {"count", count}});
  return {{"completed", t.completed()}, {"failures", errors},   {"other_failures", t.other_failures()},
          {"short", t.short_ios()},     {"merged", t.merged()}, {"negative_times", t.negative()},
          {"early", t.lateness().early}};
}

Json devices_json(const TraceStats& t) {
  Json all = Json::array();
  for (const DeviceStats& d : t.devices().all())
    all.push_back({{"device", d.device},
                   {"count", d.ios},
                   {"reads", d.reads},
                   {"bytes", d.bytes},
                   {"low_bytes", d.low},
                   {"high_bytes", d.high},
                   {"sequential_share", share(d.sequential, d.ios)}});
  return all;
}

}  // namespace

Json trace_json(const TraceSummary& summary) {
  const TraceStats& t = *summary.stats;
  Json j{{"file", summary.file},
         {"format", summary.meta.format},
         {"interrupted", summary.interrupted},
         {"skipped", summary.skipped},
         {"notes", summary.meta.notes},
         {"epoch_ns", summary.meta.epoch_ns},
         {"count", t.count()},
         {"duration_ns", t.duration().count()},
         {"jobs", t.jobs()},
         {"ops", ops_json(t)},
         {"addresses", addresses_json(t)},
         {"arrivals", arrivals_json(t)},
         {"results", results_json(t)},
         {"latencies", Json::object()},
         {"devices", devices_json(t)},
         {"untracked_device_ios", t.devices().untracked()}};
  if (!summary.meta.machine.empty()) j["machine"] = Json::parse(summary.meta.machine, nullptr, false);
  for (const auto& [name, latency] : latencies(t)) j["latencies"][name] = latency_json(*latency);
  return j;
}

}  // namespace blkpath::cli
