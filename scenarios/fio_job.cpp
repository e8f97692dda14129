#include "scenarios/fio_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/core/event_tree.hpp"
#include "scenarios/fio_replay.hpp"
#include "scenarios/fio_sections.hpp"

namespace blkpath {
namespace fio {
namespace {

[[noreturn]] void fail(const Draft& draft, const std::string& option, std::string_view problem) {
  const auto given = draft.given.find(option);
  throw ConfigError(given == draft.given.end() ? draft.place : given->second, option, problem);
}

BlockSizes block_sizes(const Draft& draft, std::size_t dir) {
  if (const auto& split = draft.bs_split[dir]; !split.empty()) {
    const auto by_size = [](const BlockSizeShare& a, const BlockSizeShare& b) { return a.size < b.size; };
    const auto [min, max] = std::minmax_element(split.begin(), split.end(), by_size);
    return {min->size, max->size, split};
  }
  if (const auto& range = draft.bs_range[dir]) return {range->min, range->max, {}};
  return {draft.bs[dir], draft.bs[dir], {}};
}

void resolve_blocks(const Draft& draft, JobSpec& spec) {
  Bytes smallest = block_sizes(draft, 0).min;
  for (std::size_t dir = 0; dir < kDirs; ++dir) {
    spec.bs[dir] = block_sizes(draft, dir);
    smallest = std::min(smallest, spec.bs[dir].min);
    // Sequential I/O is aligned by its block size alone; any other alignment turns fio's random map off.
    if (!spec.random || spec.block_align[dir] == spec.bs[dir].min) spec.block_align[dir] = Bytes{0};
    if (spec.block_align[dir].n != 0) spec.random_map = false;
  }
  if (spec.distribution.kind != RandomDistribution::Kind::uniform) spec.random_map = false;
  if (spec.size && *spec.size < smallest)
    fail(draft, "size",
         fmt::format("{} is less than the smallest block, {}", format(*spec.size), format(smallest)));
  if (draft.io_size_percent) {
    if (!spec.size) fail(draft, "io_size", "in percent needs a size in bytes, for example 'size=1g'");
    const std::int64_t size = spec.size->n;  // in two steps, so that it cannot overflow
    spec.io_size = Bytes{size / 100 * draft.io_size_percent + size % 100 * draft.io_size_percent / 100};
  }
}

void resolve_depth(const Draft& draft, JobSpec& spec) {
  if (spec.iodepth_batch > spec.iodepth)
    fail(draft, "iodepth_batch",
         fmt::format("{} is more than the iodepth, {}", spec.iodepth_batch, spec.iodepth));
  if (spec.iodepth_batch == 0) spec.iodepth_batch = spec.iodepth;
  if (spec.iodepth_low == 0 || spec.iodepth_low > spec.iodepth) spec.iodepth_low = spec.iodepth;
  // So by default fio reaps one completion at a time.
  spec.iodepth_batch_complete_max =
      std::max(spec.iodepth_batch_complete_max, spec.iodepth_batch_complete_min);
}

void check_time(const Draft& draft, const JobSpec& spec) {
  if (spec.time_based && spec.runtime == Time{0})
    fail(draft, "time_based", "needs a runtime, for example 'runtime=60'");
  const bool rate =
      std::any_of(spec.rate.begin(), spec.rate.end(), [](const auto& r) { return r.has_value(); });
  const bool iops =
      std::any_of(spec.rate_iops.begin(), spec.rate_iops.end(), [](std::int64_t n) { return n > 0; });
  if (rate && iops) fail(draft, "rate_iops", "excludes rate: give one of them");
}

constexpr std::int64_t kSector = kSectorSize.n;

/// What O_DIRECT does not take; the kernel answers EINVAL to it, in the guest as on bare metal.
void check_alignment(const Draft& draft, const JobSpec& spec) {
  if (!spec.direct || !draft.read_iolog.empty()) return;
  const auto aligned = [&](Bytes value, const std::string& option, std::string_view good) {
    if (value.n % kSector != 0)
      fail(draft, option,
           fmt::format("{} is no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for example "
                       "'{}={}', or 'direct=0'",
                       format(value), option, good));
  };
  for (std::size_t dir = 0; dir < kDirs; ++dir) {
    if (!spec.does[dir]) continue;
    const BlockSizes& bs = spec.bs[dir];
    for (const BlockSizeShare& share : bs.split) aligned(share.size, "bssplit", "4k/50:16k/50");
    aligned(bs.min, draft.bs_range[dir] ? "bsrange" : "bs", draft.bs_range[dir] ? "4k-16k" : "4k");
    if (spec.bs_unaligned && bs.min < bs.max && bs.split.empty())
      fail(draft, "bs_unaligned",
           "makes block sizes that are no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for "
           "example 'bs_unaligned=0', or 'direct=0'");
    aligned(spec.block_align[dir], "ba", "4k");
  }
  aligned(spec.sequence_gap, "rw", "write:4k");
  aligned(spec.offset, "offset", "1g");
  aligned(spec.offset_increment, "offset_increment", "1g");
}

/// How much all jobs together may keep in flight: the kernel's slots, half of which are left to parts of
/// requests, to writeback and to timers.
constexpr std::int64_t kMostInFlight = EventTree::kMaxSlots / 2;
constexpr std::int64_t kMostJobs = 4096;  ///< fio's own limit, FIO_MAX_JOBS

/// One of `bs`, `bsrange`, `bssplit` hides another, so an override first clears what might hide it.
void apply_override(const Setting& setting, Draft& job, std::vector<std::string>& not_modelled) {
  const Option* option = find_option(setting.key);
  if (option && (option->name == "bs" || option->name == "bsrange" || option->name == "bssplit")) {
    job.bs_range = {};
    job.bs_split = {};
  }
  apply(setting, job, not_modelled);
}

/// Turns sections into jobs: globals apply to the sections after them.
class Builder {
 public:
  explicit Builder(const FioOverrides& overrides) : overrides_(overrides) {}

  void add(const Section& section) {
    if (section.forget_globals) globals_ = Draft{};
    if (section.global) {
      for (const Setting& setting : section.settings) apply(setting, globals_, out_.not_modelled);
      return;
    }
    Draft job = globals_;
    job.place = section.place;
    job.spec.name = section.name;
    job.spec.stonewall |= section.waits;
    job.spec.options.clear();
    for (const Setting& setting : section.settings) apply(setting, job, out_.not_modelled);
    for (const auto& [key, value] : overrides_) apply_override({Place{}, key, value}, job, out_.not_modelled);
    JobSpec spec = finish(job);
    note_replay(job, out_.not_modelled);

    // fio's reporting groups; clones of numjobs stay in the group of the first.
    if ((spec.stonewall || job.new_group) && !out_.jobs.empty()) ++group_;
    spec.group = group_;
    check_totals(job, spec);
    out_.jobs.push_back(std::move(spec));
  }

  FioJobs take(const Place& place) {
    if (out_.jobs.empty())
      throw ConfigError(place, "", "no job is defined, for example '[job1]' in a file or '--name=job1'");
    out_.global_options = std::move(globals_.spec.options);
    return std::move(out_);
  }

 private:
  void check_totals(const Draft& job, const JobSpec& spec) {
    clones_ += spec.numjobs;
    if (clones_ > kMostJobs)
      fail(job, "numjobs",
           fmt::format("makes {} jobs in all; fio's limit is {}, for example 'numjobs=4'", clones_,
                       kMostJobs));
    if (spec.stonewall) in_flight_ = 0;
    in_flight_ += std::int64_t{spec.numjobs} * (spec.engine == IoEngine::psync ? 1 : spec.iodepth);
    if (in_flight_ > kMostInFlight)
      fail(job, "iodepth",
           fmt::format("all jobs together would keep {} requests in flight; a run has room for {}, for "
                       "example 'iodepth=32'",
                       in_flight_, kMostInFlight));
  }

  const FioOverrides& overrides_;
  Draft globals_;
  int group_ = 0;
  std::int64_t clones_ = 0, in_flight_ = 0;  ///< of all jobs so far; since the last stonewall
  FioJobs out_;
};

FioJobs build(const std::vector<Section>& sections, const Place& place, const FioOverrides& overrides) {
  Builder builder(overrides);
  for (const Section& section : sections) builder.add(section);
  return builder.take(place);
}

}  // namespace

JobSpec finish(const Draft& draft) {
  JobSpec spec = draft.spec;
  resolve_blocks(draft, spec);
  resolve_depth(draft, spec);
  check_time(draft, spec);
  check_alignment(draft, spec);
  spec.loops = std::max(spec.loops, 1);
  spec.thinktime_spin = std::min(spec.thinktime_spin, spec.thinktime);
  spec.end_fsync |= draft.fsync_on_close;
  spec.rand_repeat |= draft.all_rand_repeat;
  const auto prefix = [&spec](const std::optional<std::string>& log) {
    return !log ? std::string() : log->empty() ? spec.name : *log;
  };
  spec.write_lat_log = prefix(draft.lat_log);
  spec.write_bw_log = prefix(draft.bw_log);
  spec.write_iops_log = prefix(draft.iops_log);
  resolve_replay(draft, spec);
  return spec;
}

}  // namespace fio

FioJobs read_fio_file(const std::string& path, const FioOverrides& overrides) {
  return fio::build(fio::read_ini_file(path), Place{path, 0}, overrides);
}

FioJobs parse_fio_text(std::string_view text, const std::string& file_name, const FioOverrides& overrides) {
  return fio::build(fio::read_ini(text, file_name), Place{file_name, 0}, overrides);
}

FioJobs parse_fio_args(const std::vector<std::string>& args, const FioOverrides& overrides) {
  return fio::build(fio::read_args(args), Place{}, overrides);
}

}  // namespace blkpath
