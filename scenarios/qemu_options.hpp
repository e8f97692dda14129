/// QEMU's option syntax, and which of its options matter to blkpath. Used by qemu_disk.cpp.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/core/error.hpp"

namespace blkpath {

/// The argument of one -drive, -blockdev, -device or -object. Nested JSON is flattened: "file.filename".
struct QemuOptions {
  std::string where;  ///< "-drive"
  std::vector<std::pair<std::string, std::string>> entries;

  /// The value of `key`, the last one as in QEMU; nullptr when not given.
  const std::string* find(std::string_view key) const;
  std::string get(std::string_view key, std::string_view fallback = "") const;
  bool has_prefix(std::string_view prefix) const;
};

/// Reads `a=b,c,d=e,,f` (a doubled comma is a comma; `c` alone is c=on) or a JSON object.
/// @param implied_key  what a first word without '=' is the value of, e.g. "driver" of -device; may be empty
QemuOptions parse_qemu_options(std::string_view where, std::string_view text, std::string_view implied_key,
                               const Place& place);

/// What blkpath does with each option of a group. A name ending in ".*" stands for all that begin so.
struct OptionTable {
  std::vector<std::string_view> used;
  std::vector<std::string_view> harmless;  ///< real, and without bearing on time
  /// Real, and would change the result. "event_idx=on": the model takes it for on, any other value is left
  /// out.
  std::vector<std::string_view> not_modelled;
};
extern const OptionTable kDriveOptions, kNodeOptions, kVirtioBlkOptions, kIdeOptions, kIothreadOptions;

/// Checks every name in `options` against `table`, and names under "file." against those of a block node.
/// @param not_modelled  takes "-drive iops=100" for what the model leaves out
/// @throws ConfigError for an unknown name, with the nearest known one
void check_names(const QemuOptions& options, const OptionTable& table, const Place& place,
                 std::vector<std::string>& not_modelled);

/// QEMU's own options ("drive" for -drive): whether the next word belongs to them.
enum class Arity { unknown, flag, argument };
Arity qemu_option_arity(std::string_view name);
/// " Did you mean '-drive'?" for the option nearest to `name`.
std::string suggest_qemu_option(std::string_view name);

}  // namespace blkpath
