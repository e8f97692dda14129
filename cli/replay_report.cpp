#include "cli/replay_report.hpp"

#include <fmt/format.h>

#include "scenarios/report.hpp"

namespace blkpath::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Verified {
  std::int64_t good = 0, bad = 0;
  std::string first;
};
Verified verified(const ReplayOutcome& outcome) {
  Verified v;
  for (const ReplayTrouble& t : outcome.troubles) {
    v.good += t.good_units;
    v.bad += t.bad_units;
    if (v.first.empty()) v.first = t.first_bad;
  }
  return v;
}

double ms(Time t) { return micros(t) * 1e-3; }

/// By how much a replay kept to the trace's dates.
std::string lateness_text(const ReplayStats& stats) {
  const LatencyStat& late = stats.lateness;
  if (late.count() == 0) return "";
  std::string text =
      fmt::format("  lateness of submissions: median {:.3f} ms, 99% {:.3f} ms, at most {:.3f} ms\n",
                  ms(late.percentile(50)), ms(late.percentile(99)), ms(late.max()));
  // An I/O that is a millisecond late is no longer the load that was recorded.
  if (late.percentile(99) > 1ms)
    text +=
        "  the replay fell behind: more than 1% of the requests were issued over 1 ms late (a slower "
        "--speed, more "
        "--max-inflight or a faster device keeps up)\n";
  return text;
}

}  // namespace

FioReport fio_report(const ReplayOutcome& outcome,
                     const std::vector<std::pair<std::string, std::string>>& global_options) {
  return {outcome.specs, outcome.jobs, global_options, kVersion};
}

std::string replay_text(const ReplayOutcome& outcome, const ReplayOptions& options) {
  std::string out =
      fmt::format("\nReplayed through {}{}\n", outcome.driver, outcome.interrupted ? ", interrupted" : "");
  for (std::size_t i = 0; i < outcome.specs.size(); ++i) {
    if (!outcome.specs[i].replay) continue;
    const ReplayStats& stats = outcome.replays[i];
    out += fmt::format("Trace {} ({}): {} requests of {} records, {} in flight at most\n", stats.source.file,
                       stats.source.format, stats.requests, stats.source.records, stats.deepest);
    out += lateness_text(stats);
  }
  if (options.verify) {
    const Verified v = verified(outcome);
    out += fmt::format("Verified: {} units of 512 bytes as written, {} not{}\n", v.good, v.bad,
                       outcome.verified ? "" : " (not read back to the end)");
    if (!v.first.empty()) out += fmt::format("  the first: {}\n", v.first);
  }
  if (!options.output.empty())
    out += fmt::format("Recorded: {} I/Os in {}\n", outcome.recorded, options.output);
  for (const std::string& note : outcome.notes) out += "note: " + note + "\n";
  return out;
}

Json replay_json(const ReplayOutcome& outcome, const ReplayOptions& options) {
  Json j{{"driver", outcome.driver}, {"interrupted", outcome.interrupted}};
  j["machine"] = Json::parse(outcome.machine);
  std::int64_t failed = 0, cut_short = 0;
  for (const ReplayTrouble& t : outcome.troubles) {
    failed += t.failed;
    cut_short += t.short_ios;
  }
  j["failed"] = failed;
  j["short"] = cut_short;
  j["traces"] = Json::array();
  for (std::size_t i = 0; i < outcome.specs.size(); ++i) {
    if (!outcome.specs[i].replay) continue;
    const ReplayStats& stats = outcome.replays[i];
    j["traces"].push_back({{"job", outcome.specs[i].name},
                           {"file", stats.source.file},
                           {"format", stats.source.format},
                           {"records", stats.source.records},
                           {"requests", stats.requests},
                           {"deepest", stats.deepest},
                           {"backwards", stats.backwards},
                           {"block_bytes", outcome.block},
                           {"unaligned", outcome.alignments[i].unaligned},
                           {"widened_by_bytes", outcome.alignments[i].added},
                           {"lateness_us",
                            {{"mean", stats.lateness.mean_ns() * 1e-3},
                             {"p50", micros(stats.lateness.percentile(50))},
                             {"p99", micros(stats.lateness.percentile(99))},
                             {"max", micros(stats.lateness.max())}}}});
  }
  if (options.verify) {
    const Verified v = verified(outcome);
    j["verify"] = {
        {"complete", outcome.verified}, {"good_units", v.good}, {"bad_units", v.bad}, {"first_bad", v.first}};
  }
  if (!options.output.empty()) j["recorded"] = {{"file", options.output}, {"ios", outcome.recorded}};
  j["notes"] = outcome.notes;
  return j;
}

}  // namespace blkpath::cli
