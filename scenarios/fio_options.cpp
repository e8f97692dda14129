#include "scenarios/fio_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "scenarios/fio_replay.hpp"
#include "scenarios/fio_setters.hpp"
#include "scenarios/fio_values.hpp"

namespace blkpath::fio {
namespace {

using sv = std::string_view;

// Setters for the common kinds of member, of the JobSpec or of the Draft around it.

template <class T>
T& at(Draft& draft, T JobSpec::*member) {
  return draft.spec.*member;
}
template <class T>
T& at(Draft& draft, T Draft::*member) {
  return draft.*member;
}

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::int64_t kMaxCount = std::numeric_limits<std::int64_t>::max();

template <auto kMember>
void boolean(Draft& draft, sv v) {
  at(draft, kMember) = number_in(draft, v, 0, 1) != 0;
}

/// fio's "empty or boolean": any number but 0 is true.
template <auto kMember>
void flag(Draft& draft, sv v) {
  at(draft, kMember) = parse_number(v, draft.spec.kb_base) != 0;
}

template <auto kMember, std::int64_t kMin, std::int64_t kMax>
void number(Draft& draft, sv v) {
  auto& member = at(draft, kMember);
  member = static_cast<std::remove_reference_t<decltype(member)>>(number_in(draft, v, kMin, kMax));
}

template <auto kMember>
void text(Draft& draft, sv v) {
  at(draft, kMember) = std::string(trim(v));
}

/// Times whose bare numbers are seconds, and those in microseconds.
template <auto kMember>
void from_s(Draft& draft, sv v) {
  at(draft, kMember) = parse_duration(v, 1s);
}
template <auto kMember>
void from_us(Draft& draft, sv v) {
  at(draft, kMember) = parse_duration(v, 1us);
}

/// write_*_log: a file name prefix, or "" for the job's name.
template <std::optional<std::string> Draft::*kMember>
void log_prefix(Draft& draft, sv v) {
  draft.*kMember = std::string(v);
}

void set_no_random_map(Draft& draft, sv v) {
  draft.spec.random_map = parse_number(v, draft.spec.kb_base) == 0;
}
void set_buffered(Draft& draft, sv v) { draft.spec.direct = number_in(draft, v, 0, 1) == 0; }
void set_log_avg(Draft& draft, sv v) { draft.spec.log_avg = number_in(draft, v, 0, kMaxInt) * 1ms; }
void set_rand_seed(Draft& draft, sv v) {
  draft.spec.rand_seed = static_cast<std::uint64_t>(number_in(draft, v, 0, kMaxCount));
}

void set_sync(Draft& draft, sv v) {
  if (v != "none" && v != "0" && v != "sync" && v != "1" && v != "dsync")
    throw std::invalid_argument("is none of none, 0, sync, 1, dsync");
  draft.spec.sync = v == "sync" || v == "1";
  draft.spec.dsync = v == "dsync";
}

void set_kb_base(Draft& draft, sv v) {
  if (v != "1024" && v != "1000") throw std::invalid_argument("is neither 1024 nor 1000");
  draft.spec.kb_base = v == "1000" ? 1000 : 1024;
}
void set_unit_base(Draft& draft, sv v) {
  if (v != "0" && v != "1" && v != "8") throw std::invalid_argument("is none of 0, 1, 8");
  draft.spec.unit_base = v[0] - '0';
}

void set_percentiles(Draft& draft, sv v) {
  constexpr std::size_t kMostPercentiles = 20;  // FIO_IO_U_LIST_MAX_LEN
  std::vector<double> list;
  for (const sv entry : split(v, ':')) {
    list.push_back(parse_decimal(entry));
    if (list.back() <= 0 || list.back() > 100)
      throw std::invalid_argument("has a percentile outside 0 to 100");
  }
  if (list.size() > kMostPercentiles) throw std::invalid_argument("has more than 20 percentiles");
  std::sort(list.begin(), list.end());
  draft.spec.percentiles = std::move(list);
}

const std::vector<Option>& all_options() {
  static const std::vector<Option> options = [] {
    std::vector<Option> all = modelled_options();
    const std::vector<Option> others = other_options();
    all.insert(all.end(), others.begin(), others.end());
    return all;
  }();
  return options;
}

/// Keeps the last value of each key, in the order in which the keys came.
void record(std::vector<std::pair<std::string, std::string>>& options, sv key, const std::string& value) {
  const auto known =
      std::find_if(options.begin(), options.end(), [&](const auto& o) { return o.first == key; });
  if (known == options.end())
    options.emplace_back(key, value);
  else
    known->second = value;
}

}  // namespace

std::vector<Option> modelled_options() {
  using J = JobSpec;
  using D = Draft;
  constexpr Effect modelled = Effect::modelled;
  const auto option = [](sv name, sv alias, sv example, Setter set) {
    return Option{name, alias, modelled, Arg::required, example, set};
  };
  const auto yes_or_no = [](sv name, Setter set) {
    return Option{name, "", modelled, Arg::boolean, "1", set};
  };
  const auto flagged = [](sv name, sv alias, Setter set) {
    return Option{name, alias, modelled, Arg::flag, "1", set};
  };
  const auto log = [](sv name, Setter set) { return Option{name, "", modelled, Arg::prefix, "name", set}; };
  return {
      // What is read and written.
      option("name", "", "seq-read", text<&J::name>),
      option("filename", "", "/dev/vdb", text<&J::filename>),
      option("rw", "readwrite", "randwrite", set_rw),
      option("rwmixread", "", "70", set_read_percent),
      option("rwmixwrite", "", "30", set_write_percent),
      option("bs", "blocksize", "16k", set_bs),
      option("bsrange", "blocksize_range", "4k-64k", set_bs_range),
      option("bssplit", "", "4k/60:16k/40", set_bs_split),
      option("ba", "blockalign", "4k", set_block_align),
      flagged("bs_unaligned", "blocksize_unaligned", flag<&J::bs_unaligned>),
      option("size", "", "25g", set_size),
      option("io_size", "io_limit", "1g", set_io_size),
      option("offset", "fileoffset", "1g", set_offset),
      option("offset_increment", "", "1g", set_offset_increment),
      option("number_ios", "", "1000", number<&J::number_ios, 0, kMaxCount>),
      option("loops", "", "2", number<&J::loops, 0, kMaxInt>),

      // Where random I/O goes.
      flagged("norandommap", "", set_no_random_map),
      option("random_generator", "", "lfsr", set_generator),
      option("random_distribution", "", "zipf:1.2", set_distribution),
      option("percentage_random", "", "100,50", set_percent_random),
      yes_or_no("randrepeat", boolean<&J::rand_repeat>),
      yes_or_no("allrandrepeat", boolean<&D::all_rand_repeat>),
      option("randseed", "", "42", set_rand_seed),

      // How it is issued.
      option("ioengine", "", "libaio", set_engine),
      yes_or_no("direct", boolean<&J::direct>),
      yes_or_no("buffered", set_buffered),
      option("sync", "", "dsync", set_sync),
      option("iodepth", "", "32", number<&J::iodepth, 1, kMaxInt>),
      option("iodepth_batch", "iodepth_batch_submit", "8", number<&J::iodepth_batch, 0, kMaxInt>),
      option("iodepth_batch_complete_min", "iodepth_batch_complete", "1",
             number<&J::iodepth_batch_complete_min, 0, kMaxInt>),
      option("iodepth_batch_complete_max", "", "16", number<&J::iodepth_batch_complete_max, 0, kMaxInt>),
      option("iodepth_low", "", "16", number<&J::iodepth_low, 0, kMaxInt>),
      option("fsync", "", "32", number<&J::fsync, 0, kMaxInt>),
      option("fdatasync", "", "32", number<&J::fdatasync, 0, kMaxInt>),
      yes_or_no("end_fsync", boolean<&J::end_fsync>),
      yes_or_no("fsync_on_close", boolean<&D::fsync_on_close>),

      // When.
      option("numjobs", "", "4", number<&J::numjobs, 1, kMaxInt>),
      flagged("stonewall", "wait_for_previous", flag<&J::stonewall>),
      flagged("new_group", "", flag<&D::new_group>),
      option("startdelay", "", "5s", set_start_delay),
      option("runtime", "timeout", "120s", from_s<&J::runtime>),
      flagged("time_based", "", flag<&J::time_based>),
      option("ramp_time", "", "10s", from_s<&J::ramp_time>),
      option("thinktime", "", "100us", from_us<&J::thinktime>),
      option("thinktime_spin", "", "100us", from_us<&J::thinktime_spin>),
      option("thinktime_blocks", "", "8", number<&J::thinktime_blocks, 0, kMaxInt>),
      option("rate", "", "10m,5m", set_rate),
      option("rate_iops", "", "200", set_rate_iops),
      option("rate_process", "", "poisson", set_rate_process),
      option("read_iolog", "", "trace.log", text<&D::read_iolog>),
      yes_or_no("replay_no_stall", boolean<&D::replay_no_stall>),
      option("replay_time_scale", "", "50", number<&D::replay_time_scale, 1, kMaxInt>),
      option("replay_scale", "", "2", number<&D::replay_scale, 0, kMaxInt>),
      option("replay_align", "", "4k", set_replay_align),
      option("replay_skip", "", "write,sync", set_replay_skip),

      // What is reported.
      flagged("group_reporting", "", flag<&J::group_reporting>),
      log("write_bw_log", log_prefix<&D::bw_log>),
      log("write_lat_log", log_prefix<&D::lat_log>),
      log("write_iops_log", log_prefix<&D::iops_log>),
      option("log_avg_msec", "", "500", set_log_avg),
      yes_or_no("clat_percentiles", boolean<&J::clat_percentiles>),
      yes_or_no("lat_percentiles", boolean<&J::lat_percentiles>),
      yes_or_no("slat_percentiles", boolean<&J::slat_percentiles>),
      option("percentile_list", "", "50:99:99.9", set_percentiles),
      option("kb_base", "", "1000", set_kb_base),
      option("unit_base", "", "8", set_unit_base),
  };
}

const Option* find_option(sv name) {
  for (const Option& option : all_options())
    if (!name.empty() && (option.name == name || option.alias == name)) return &option;
  return nullptr;
}

void apply(const Setting& setting, Draft& draft, std::vector<std::string>& not_modelled) {
  const Option* option = find_option(setting.key);
  if (!option) {
    std::vector<std::string> names;
    for (const Option& known : all_options()) {
      names.emplace_back(known.name);
      if (!known.alias.empty()) names.emplace_back(known.alias);
    }
    throw ConfigError(setting.place, setting.key,
                      "is not an option of fio." + did_you_mean(setting.key, names));
  }
  if (setting.value) record(draft.spec.options, option->name, *setting.value);
  if (option->effect == Effect::not_modelled)
    not_modelled.push_back(fmt::format("{}: {}: not modelled, ignored", setting.place.str(), setting.key));
  if (option->effect != Effect::modelled) return;

  draft.given[std::string(option->name)] = setting.place;
  std::string value = setting.value.value_or(option->arg == Arg::flag ? "1" : "");
  if (value.empty() && option->arg != Arg::prefix)
    throw ConfigError(setting.place, setting.key,
                      fmt::format("needs a value, for example '{}'", option->example));
  try {
    option->set(draft, value);
  } catch (const std::invalid_argument& problem) {
    throw ConfigError(setting.place, setting.key,
                      fmt::format("'{}' {}, for example '{}'", value, problem.what(), option->example));
  }
}

}  // namespace blkpath::fio
