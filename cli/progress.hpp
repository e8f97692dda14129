/// How far a long command has come, on a terminal.
#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <string_view>

namespace blkpath::cli {

/// One line on standard error, rewritten at most five times a second; nothing when that is no terminal.
class Progress {
 public:
  explicit Progress(bool wanted = true) : on_(wanted && isatty(STDERR_FILENO) != 0) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  /// @param done  0 to 1; from it, what is left is estimated
  /// @param text  gets the seconds since the beginning and returns what to show
  template <class Text>
  void show(double done, const Text& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    shown_ = true;
    const double wall = std::chrono::duration<double>(now - begin_).count();
    const std::string left =
        done > 0.01 && done < 1 ? fmt::format(", {:.0f} s left", wall * (1 - done) / done) : "";
    fmt::print(stderr, "\r{}{}   ", text(wall), left);
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r{:79}\r", "");
    shown_ = false;
  }

 private:
  bool on_, shown_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now(), last_ = begin_;
};

}  // namespace blkpath::cli
