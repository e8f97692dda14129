#include "model/core/error.hpp"

#include <gtest/gtest.h>

namespace blkpath {
namespace {

TEST(Place, NamesFileAndLineWhereThereAreAny) {
  EXPECT_EQ((Place{"fc.yaml", 12}).str(), "fc.yaml:12");
  EXPECT_EQ((Place{"fc.yaml", 0}).str(), "fc.yaml");
  EXPECT_EQ(Place{}.str(), "command line");
}

TEST(ConfigError, SaysWhereWhichKeyAndWhatIsWrong) {
  EXPECT_STREQ(ConfigError({"fc.yaml", 12}, "fc_link.rate", "'850' needs a unit").what(),
               "fc.yaml:12: fc_link.rate: '850' needs a unit");
  EXPECT_STREQ(ConfigError({}, "", "no scenario").what(), "command line: no scenario");
}

TEST(Nearest, FindsOneTypingErrorOfEachKind) {
  const std::vector<std::string> known{"overhead", "rate", "queue_depth"};
  EXPECT_EQ(nearest("overhaed", known), "overhead");       // two letters swapped
  EXPECT_EQ(nearest("rates", known), "rate");              // one too many
  EXPECT_EQ(nearest("queuedepth", known), "queue_depth");  // one missing
  EXPECT_EQ(nearest("rete", known), "rate");               // one wrong
}

TEST(Nearest, SuggestsNothingForAnotherWord) {
  EXPECT_EQ(nearest("bandwidth", {"overhead", "rate"}), "");
  EXPECT_EQ(nearest("rate", {}), "");
  EXPECT_EQ(did_you_mean("bandwidth", {"overhead"}), "");
}

TEST(Nearest, SuggestionIsASentence) { EXPECT_EQ(did_you_mean("rte", {"rate"}), " Did you mean 'rate'?"); }

}  // namespace
}  // namespace blkpath
