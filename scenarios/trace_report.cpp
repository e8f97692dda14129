#include "scenarios/trace_report.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace blkpath {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<double, 5> kPercentiles{50, 90, 95, 99, 99.9};

std::string_view mode_name(Pacing pacing) {
  switch (pacing) {
    case Pacing::open:
      return "open";
    case Pacing::closed:
      return "closed";
    case Pacing::dependent:
      return "dependent";
    case Pacing::stalls:
      return "stalls";
  }
  return "";
}

/// "open, at 2x, at most 512 in flight"
std::string how(const ReplaySpec& spec) {
  std::string text(mode_name(spec.pacing));
  if (spec.pacing != Pacing::closed && spec.speed != 1) text += fmt::format(", at {:g}x", spec.speed);
  if (spec.pacing == Pacing::open && spec.max_in_flight > 0)
    text += fmt::format(", at most {} in flight", spec.max_in_flight);
  return text;
}

std::string left_out(const SourceFacts& source) {
  std::string text;
  const auto add = [&](std::int64_t n, const char* what) {
    if (n > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, what);
  };
  add(source.elsewhere, "of other devices");
  add(source.empty, "of no length");
  add(source.skipped, "of kinds to skip");
  add(source.malformed, "malformed");
  return text.empty() ? text : "  left out: " + text + "\n";
}

std::string lateness(const ReplayStats& stats) {
  if (stats.lateness.count() == 0) return "";
  return fmt::format("  late: {} requests ({:.1f}%), by {:.3f} ms on average, {:.3f} ms at most\n",
                     stats.lateness.count(),
                     100 * static_cast<double>(stats.lateness.count()) / static_cast<double>(stats.requests),
                     stats.lateness.mean_ns() * 1e-6, micros(stats.lateness.max()) * 1e-3);
}

std::string latency_lines(const ReplayStats& stats) {
  if (stats.recorded.count() == 0) return "  the trace says of no request when it was done\n";
  std::string out = fmt::format("  {:<24}{:>12}", "latency in ms", "mean");
  for (const double p : kPercentiles) out += fmt::format("{:>12}", fmt::format("{:g}%", p));
  const auto line = [&](const char* name, const LatencyStat& lat) {
    out += fmt::format("\n  {:<24}{:>12.3f}", name, lat.mean_ns() * 1e-6);
    for (const double p : kPercentiles) out += fmt::format("{:>12.3f}", micros(lat.percentile(p)) * 1e-3);
  };
  line("  recorded in the trace", stats.recorded);
  line("  predicted here", stats.predicted);
  return out + fmt::format("\n  over {} requests\n", stats.recorded.count());
}

double rounded_us(double ns) { return std::round(ns) * 1e-3; }

Json latency_json(const LatencyStat& lat) {
  Json j{{"mean_us", rounded_us(lat.mean_ns())}};
  for (const double p : kPercentiles)
    j[fmt::format("p{:g}_us", p)] = rounded_us(static_cast<double>(lat.percentile(p).count()));
  return j;
}

}  // namespace

std::string trace_text(const Result& result) {
  std::string out;
  for (const ReplayResult& replay : result.replays) {
    const ReplayStats& stats = replay.stats;
    out += fmt::format("\nTrace {} ({}), {}: {} requests of {} records, {} in flight at most\n",
                       stats.source.file, stats.source.format, how(replay.spec), stats.requests,
                       stats.source.records, stats.deepest);
    out += left_out(stats.source);
    if (stats.backwards > 0) out += fmt::format("  time stamps that go back: {}\n", stats.backwards);
    if (stats.overlapped > 0)
      out += fmt::format("  overlapped in the trace, here one after the other: {}\n", stats.overlapped);
    if (stats.failed > 0) out += fmt::format("  failed: {}\n", stats.failed);
    out += lateness(stats) + latency_lines(stats);
  }
  return out;
}

Json trace_json(const Result& result) {
  Json all = Json::array();
  for (const ReplayResult& replay : result.replays) {
    const ReplayStats& stats = replay.stats;
    Json j{{"job", replay.job},
           {"file", stats.source.file},
           {"format", stats.source.format},
           {"mode", std::string(mode_name(replay.spec.pacing))},
           {"speed", replay.spec.speed},
           {"records", stats.source.records},
           {"requests", stats.requests},
           {"left_out",
            {{"other_devices", stats.source.elsewhere},
             {"no_length", stats.source.empty},
             {"skipped_kinds", stats.source.skipped},
             {"malformed", stats.source.malformed}}},
           {"deepest", stats.deepest},
           {"backwards", stats.backwards},
           {"overlapped", stats.overlapped},
           {"failed", stats.failed},
           {"late", stats.lateness.count()}};
    j["lateness"] = stats.lateness.count() > 0 ? latency_json(stats.lateness) : Json(nullptr);
    j["compared"] = stats.recorded.count();
    j["recorded"] = stats.recorded.count() > 0 ? latency_json(stats.recorded) : Json(nullptr);
    j["predicted"] = stats.predicted.count() > 0 ? latency_json(stats.predicted) : Json(nullptr);
    all.push_back(std::move(j));
  }
  return all;
}

}  // namespace blkpath
