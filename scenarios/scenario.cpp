#include "scenarios/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "scenarios/qemu_disk.hpp"
#include "scenarios/stage_specs.hpp"
#include "scenarios/trace_config.hpp"

namespace blkpath {
namespace {

constexpr std::string_view kJobPrefix = "job.";

void check_keys(const Config& root) {
  std::vector<std::string> known{"extends", "description", "seed",  "size", "job",
                                 "trace",   "fio",         "guest", "disk", "path"};
  known.insert(known.end(), software_sections().begin(), software_sections().end());
  for (const auto& [key, value] : root.entries)
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw ConfigError(value.place, key, "unknown key." + did_you_mean(key, known));
}

/// `--set job.bs=4k` speaks of an option of fio, in fio's syntax; everything else is a key of the scenario.
FioOverrides apply_sets(Config& root, const Overrides& overrides) {
  FioOverrides fio;
  for (const std::string& set : overrides.sets) {
    if (!set.starts_with(kJobPrefix)) {
      apply_set(root, set);
      continue;
    }
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos || equals == kJobPrefix.size())
      throw ConfigError({}, "--set",
                        fmt::format("'{}' needs an option of fio and a value, for example 'job.bs=4k'", set));
    fio.emplace_back(set.substr(kJobPrefix.size(), equals - kJobPrefix.size()), set.substr(equals + 1));
  }
  if (!overrides.runtime.empty()) fio.emplace_back("runtime", overrides.runtime);
  return fio;
}

/// The section, unless a file that extends another has set it to `none`.
const Config* find_load(const Config& root, const char* key) {
  const Config* found = root.find(key);
  return found && found->kind == Config::Kind::scalar && found->text == "none" ? nullptr : found;
}

/// What runs: fio jobs or a trace. The command line's word goes before the file's.
void read_jobs(const Config& root, const Overrides& overrides, const FioOverrides& fio, Scenario& scenario) {
  const Config* job = find_load(root, "job");
  const Config* trace = find_load(root, "trace");
  if (!overrides.fio_args.empty()) {
    scenario.jobs = parse_fio_args(overrides.fio_args, fio);
  } else if (!overrides.job_file.empty()) {
    scenario.jobs = read_fio_file(overrides.job_file, fio);
  } else if (!overrides.trace_file.empty()) {
    scenario.jobs = read_trace(trace, overrides.trace_file, fio);
  } else if (job && trace) {
    throw ConfigError(trace->place, "trace",
                      "a scenario has a job or a trace, not both; 'job: none' takes the other's away, and so "
                      "do --trace FILE and --job FILE");
  } else if (trace) {
    scenario.jobs = read_trace(trace, "", fio);
    scenario.job_place = trace->place;
  } else if (!job) {
    throw ConfigError(root.place, "job",
                      "a scenario needs a fio job or a trace, for example 'job: guestrun.fio' or 'trace: "
                      "{file: web.csv}', or --job FILE, or --trace FILE");
  } else {
    const std::string name = parse_word(*job, "job", "guestrun.fio");
    const auto path = std::filesystem::path(job->place.file).parent_path() / name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored))
      throw ConfigError(job->place, "job", fmt::format("there is no file '{}'", path.string()));
    scenario.jobs = read_fio_file(path.string(), fio);
    scenario.job_place = job->place;
  }
  scenario.notes = scenario.jobs.not_modelled;
}

DiskConfig read_disk(const Config& map) {
  static const std::vector<std::string> known{"if",     "cache", "aio",
                                              "format", "file",  "allow_blocking_native"};
  if (map.kind != Config::Kind::map)
    throw ConfigError(map.place, "disk",
                      "needs keys, for example 'disk: {if: virtio, cache: none, aio: native}'");
  DiskConfig disk;
  Place culprit = map.place;
  bool old_qemu = false;
  disk.cache = cache_flags(CacheMode::writeback);
  for (const auto& [key, value] : map.entries) {
    const std::string name = "disk." + key;
    if (key == "if") {
      disk.bus = parse_scalar(value, name, "virtio", parse_bus);
    } else if (key == "cache") {
      disk.cache = cache_flags(parse_scalar(value, name, "none", parse_cache_mode));
    } else if (key == "aio") {
      disk.aio = parse_scalar(value, name, "native", parse_aio);
      culprit = value.place;
    } else if (key == "format") {
      disk.format = parse_scalar(value, name, "raw", parse_image_format);
    } else if (key == "file") {
      disk.file = parse_word(value, name, "/dev/sdb");
    } else if (key == "allow_blocking_native") {
      old_qemu = parse_scalar(value, name, "true", parse_bool);
    } else {
      throw ConfigError(value.place, name, "unknown key." + did_you_mean(key, known));
    }
  }
  check(disk, culprit, old_qemu);
  return disk;
}

/// The disk of a QEMU line stands in for the scenario's. What it says about the ring goes before the
/// scenario's own section; what is not modelled becomes a note.
DiskConfig read_qemu(Config& root, const Overrides& overrides, Scenario& scenario) {
  QemuLineOptions options;
  options.which = overrides.which_disk;
  const Config* section = root.find("disk");
  if (const Config* old = section ? section->find("allow_blocking_native") : nullptr)
    options.allow_blocking_native = parse_scalar(*old, "disk.allow_blocking_native", "true", parse_bool);
  DiskConfig disk = parse_qemu_line(overrides.qemu, Place{}, options);
  if (overrides.qemu.find("queue-size") != std::string::npos && disk.bus == Bus::virtio_blk)
    apply_set(root, fmt::format("virtio_blk.queue_size={}", disk.queue_size));
  for (const std::string& what : disk.not_modelled)
    scenario.notes.push_back(fmt::format("command line: --qemu: {}: not modelled, ignored", what));
  if (disk.iothread)
    scenario.notes.emplace_back(
        "command line: --qemu: iothread: not modelled, the main loop serves the disk");
  if (disk.num_queues > 1)
    scenario.notes.push_back(
        fmt::format("command line: --qemu: num-queues={}: not modelled, one queue is", disk.num_queues));
  for (const std::string& other : disk.others)
    scenario.notes.push_back(fmt::format("command line: --qemu: disk '{}' is left out", other));
  auto& jobs = scenario.jobs.jobs;
  const auto writes = std::find_if(jobs.begin(), jobs.end(), [](const JobSpec& job) {
    return !job.replay && (job.does[1] || job.does[2]);
  });
  if (disk.read_only && writes != jobs.end())
    throw ConfigError({}, "--qemu",
                      fmt::format("the disk is read-only, and job '{}' writes to it", writes->name));
  for (JobSpec& job : jobs)  // a trace is known when it has been read
    if (job.replay) job.replay->read_only = disk.read_only;
  return disk;
}

/// A --set that nothing would come of is refused, not passed over.
void check_disk_sets(const Overrides& overrides, const std::string& why) {
  for (const std::string& set : overrides.sets)
    if (set.starts_with("disk.")) throw ConfigError({}, set.substr(0, set.find('=')), why);
}

void choose_disk(Config& root, const Overrides& overrides, Scenario& scenario) {
  const Config* guest = root.find("guest");
  const Config* disk = root.find("disk");
  const bool none = guest && guest->kind == Config::Kind::scalar && guest->text == "none";
  if (guest && !none && guest->kind != Config::Kind::map && guest->kind != Config::Kind::null)
    throw ConfigError(guest->place, "guest",
                      "needs keys, for example 'guest: {vcpus: 1}', or 'guest: none' for bare metal");
  if (!guest || none) {
    if (!overrides.qemu.empty())
      throw ConfigError({}, "--qemu", "this scenario is bare metal; add a guest with '--set guest.vcpus=1'");
    check_disk_sets(overrides, "without a guest there is no such disk; drop it, or 'guest=none'");
    if (disk && !guest)  // a scenario whose guest was taken away may keep the guest's disk
      throw ConfigError(
          disk->place, "disk",
          "this scenario is bare metal and has no hypervisor; add a guest, for example 'guest: {vcpus: 1}'");
  } else if (!overrides.qemu.empty()) {
    check_disk_sets(overrides,
                    "--qemu stands for the whole disk; say it there, for example 'aio=native,cache=none'");
    scenario.disk = read_qemu(root, overrides, scenario);
  } else if (!disk) {
    throw ConfigError(root.place, "disk",
                      "a guest needs a disk, for example 'disk: {if: virtio, cache: none, aio: native}'");
  } else {
    scenario.disk = read_disk(*disk);
  }
}

}  // namespace

Scenario load_scenario(const std::string& path, const Overrides& overrides) {
  Config root = load_config(path);
  const FioOverrides fio = apply_sets(root, overrides);
  check_keys(root);

  Scenario scenario;
  scenario.file = path;
  if (const Config* text = root.find("description"))
    scenario.description = parse_word(*text, "description", "a sentence");
  if (const Config* seed = root.find("seed")) {
    const std::int64_t n = parse_scalar(*seed, "seed", "1", parse_count);
    if (n < 0)
      throw ConfigError(seed->place, "seed", fmt::format("'{}' must not be negative, for example '1'", n));
    scenario.seed = static_cast<std::uint64_t>(n);
  }
  if (overrides.seed) scenario.seed = *overrides.seed;
  const Config* size = root.find("size");
  if (!size)
    throw ConfigError(root.place, "size", "how large the disk is must be said, for example 'size: 100GiB'");
  scenario.size = parse_scalar(*size, "size", "100GiB", parse_bytes);
  if (scenario.size < kSectorSize)
    throw ConfigError(size->place, "size",
                      fmt::format("'{}' is less than a sector, for example '100GiB'", size->text));
  scenario.size_place = size->place;
  read_jobs(root, overrides, fio, scenario);
  if (const Config* own = root.find("fio")) scenario.fio = to_section(*own, "fio");
  choose_disk(root, overrides, scenario);
  add_stages(root, scenario);
  return scenario;
}

}  // namespace blkpath
