/// What becomes of commands whose link goes down.
#pragma once
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "hw/link_profile.hpp"
#include "model/core/event_tree.hpp"

namespace blkpath {

/// The host's side of a link that is up and down by a profile. A command that was under way when the link
/// went down is lost, wherever it was; nobody says so, and it is sent again when its `timeout` is over,
/// `retries` times at most. What is to be sent while the link is down waits until it is up. An outage that
/// lasts longer than `fast_io_fail` fails all that waits, and from then on at once whatever comes.
///
/// Leaves out: an adapter that sees its own link go down and gives the commands back before they time out
/// (set `timeout` low), log-in time, and that a lost command could be noticed before the device is through
/// with it.
class LinkRecovery {
 public:
  LinkRecovery(LinkProfile state, Time timeout, Time fast_io_fail, int retries)
      : state_(std::move(state)), timeout_(timeout), fast_io_fail_(fast_io_fail), retries_(retries) {}

  bool active() const { return !state_.empty(); }

  /// Sent again at `at` where `error` is 0, else to be failed with it then.
  struct Verdict {
    Instant at;
    std::uint16_t error;
  };
  /// A command enters. @param slots  of the simulation
  void enter(Slot s, std::size_t slots) {
    if (commands_.size() < slots) commands_.resize(slots);
    commands_[s].tries = 0;
  }
  /// It is to be sent now. @return nothing when it can be
  std::optional<Verdict> send(Slot s, Instant now) {
    commands_[s].sent = now;
    const LinkProfile::Span down = state_.outage_after(now);
    if (down.begin > now) return std::nullopt;
    return wait(down, now);
  }
  /// A part of it has come through the link. @return nothing when the link was up since it was sent
  std::optional<Verdict> receive(Slot s, Instant now) {
    Command& command = commands_[s];
    const LinkProfile::Span down = state_.outage_after(command.sent);
    if (down.begin >= now) return std::nullopt;
    ++lost_;
    const Instant noticed = std::max(now, command.sent + timeout_);
    Verdict verdict = wait(down, noticed);
    if (verdict.error != 0)
      verdict.at = std::max(now, down.begin + fast_io_fail_);
    else if (++command.tries > retries_)
      verdict.error = ETIMEDOUT;
    return verdict;
  }
  std::int64_t lost() const { return lost_; }

 private:
  struct Command {
    Instant sent{};
    int tries = 0;
  };
  Verdict wait(const LinkProfile::Span& down, Instant now) const {
    if (down.end - down.begin > fast_io_fail_) return {std::max(now, down.begin + fast_io_fail_), ENOLINK};
    return {std::max(now, down.end), 0};
  }

  LinkProfile state_;
  Time timeout_, fast_io_fail_;
  int retries_;
  std::vector<Command> commands_;  ///< by slot
  std::int64_t lost_ = 0;
};

}  // namespace blkpath
