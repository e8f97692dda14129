/// The options of fio: which are modelled and how each changes a job; inside the fio job reader.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/error.hpp"
#include "model/job_spec.hpp"

namespace blkpath::fio {

/// A job while its options are being read: the JobSpec, and what can only be decided once all are known.
struct Draft {
  JobSpec spec;
  Place place;  ///< section header, or the command line
  std::map<std::string, Place>
      given;  ///< where each option was set, by canonical name; inherited from globals

  PerDir<Bytes> bs{4_KiB, 4_KiB, 4_KiB};
  /// bssplit hides bsrange and bsrange hides bs, in whatever order they were given.
  struct Range {
    Bytes min, max;
  };
  PerDir<std::optional<Range>> bs_range;
  PerDir<std::vector<BlockSizeShare>> bs_split;

  bool new_group = false;
  bool fsync_on_close = false;
  bool all_rand_repeat = false;
  int io_size_percent = 0;
  std::string read_iolog;  ///< files to replay, as written
  bool replay_no_stall = false;
  int replay_time_scale = 100;
  std::int64_t replay_scale = 1, replay_align = 1;
  std::array<bool, 4> replay_skip{};                     ///< by Op
  std::optional<std::string> lat_log, bw_log, iops_log;  ///< empty: named after the job
};

/// What an option without a value does.
enum class Arg : std::uint8_t {
  required,  ///< is an error
  boolean,   ///< is an error in a file, 1 on a command line
  flag,      ///< is 1: fio's "empty or boolean"
  prefix     ///< is empty: a log named after its job
};

/// What fio's option means here.
enum class Effect : std::uint8_t { modelled, harmless, not_modelled };

/// Applies `value` to `draft`; throws std::invalid_argument that continues "'<value>' ...".
using Setter = void (*)(Draft& draft, std::string_view value);

struct Option {
  std::string_view name{}, alias{};
  Effect effect = Effect::modelled;
  Arg arg = Arg::required;
  std::string_view example{};  ///< a good value, for error messages
  Setter set = nullptr;        ///< null unless modelled
};

/// The option called `name`, or under that alias; null when fio knows no such option.
const Option* find_option(std::string_view name);

/// One option as the user wrote it.
struct Setting {
  Place place;
  std::string key;
  std::optional<std::string> value;
};

/// Applies one setting to `draft`, and records it there as fio's JSON would print it.
/// @param not_modelled  receives a line when fio knows the option and the model does not
/// @throws ConfigError  unknown option, missing or bad value
void apply(const Setting& setting, Draft& draft, std::vector<std::string>& not_modelled);

/// Checks that the options go together and resolves those that depend on each other.
/// @throws ConfigError at the place of the option at fault
JobSpec finish(const Draft& draft);

// The two halves of the table: fio_options.cpp and fio_option_names.cpp.
std::vector<Option> modelled_options();
std::vector<Option> other_options();

}  // namespace blkpath::fio
