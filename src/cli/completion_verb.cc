// Scripts that complete the command line in a shell: verbs, the parts of `plan` and `token`, flags,
// and what may stand behind a flag, so that nobody is offered a task where a priority is wanted.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/verb.h"
#include "model/task.h"

namespace evener {
namespace {

// What a shell offers for a value: words, or one of the two lists that it asks the pool for.
struct Offer {
  enum class Kind { nothing, words, files, tasks, workers };

  Kind kind = Kind::nothing;
  std::string words = {};
};

struct Flag {
  std::vector<std::string> names = {};  // with their dashes
  bool takes_value = false;
  Offer offer = {};
};

// A verb, or a part of one ("plan simulate").
struct Words {
  std::string name;
  std::string summary;
  std::vector<Flag> flags = {};
  Offer first = {};  // behind the name
  std::vector<Words> parts = {};
};

template <typename Enum>
std::string names_of() {
  return fmt::format("{}", fmt::join(EnumNames<Enum>::names, " "));
}

// Choices stand in the name of an option's type: "TEXT:{read,worker,operator}".
std::string choices_in(const std::string& type) {
  const std::size_t from = type.find('{');
  const std::size_t to = type.find('}');
  if (from == type.npos || to == type.npos || to < from) return {};
  std::string words = type.substr(from + 1, to - from - 1);
  std::replace(words.begin(), words.end(), ',', ' ');
  return words;
}

Offer offer_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (std::string words = choices_in(type); !words.empty()) {
    return {Offer::Kind::words, std::move(words)};
  }
  if (type.starts_with("LEVEL")) return {Offer::Kind::words, names_of<Priority>()};
  if (type.starts_with("STATE")) return {Offer::Kind::words, names_of<TaskState>()};
  if (type.starts_with("TASK")) return {Offer::Kind::tasks};
  if (type.starts_with("FILE") || type.starts_with("DIR")) return {Offer::Kind::files};
  if (option.check_lname("worker") || option.check_name("worker")) return {Offer::Kind::workers};
  return {};
}

Flag flag_of(const CLI::Option& option) {
  Flag flag;
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  flag.takes_value = option.get_items_expected_max() > 0;
  if (flag.takes_value) flag.offer = offer_of(option);
  return flag;
}

Words words_of(const CLI::App& app, const std::string& prefix) {
  Words words{.name = prefix + app.get_name(), .summary = app.get_description()};
  bool has_positional = false;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) {
      if (!has_positional) words.first = offer_of(*option);
      has_positional = true;
      continue;
    }
    words.flags.push_back(flag_of(*option));
  }
  for (const CLI::App* const part : app.get_subcommands({})) {
    words.parts.push_back(words_of(*part, words.name + " "));
  }
  return words;
}

std::string last_word(const std::string& name) {
  return name.substr(name.find(' ') + 1);
}

// `at`: how the script says which pool was named.
std::string list_tasks(std::string_view at) {
  return fmt::format(
      "evener{} list --limit 1000 --json 2>/dev/null | grep -o '\"id\":\"[^\"]*' | cut -c7-", at
  );
}

std::string list_workers(std::string_view at) {
  return fmt::format(
      "evener{} workers --json 2>/dev/null | grep -o '\"name\":\"[^\"]*' | cut -c9-", at
  );
}

// Those that may stand before and behind every verb.
std::vector<Flag> global_flags(const CLI::App& app) {
  std::vector<Flag> flags;
  for (const CLI::Option* const option : app.get_options()) {
    const bool ends_it = option->check_lname("help") || option->check_lname("version");
    if (!option->get_positional() && !ends_it) flags.push_back(flag_of(*option));
  }
  return flags;
}

// ---- bash --------------------------------------------------------------------------------------

// Where nothing of ours is offered, bash completes names of files.
std::string bash_action(const Offer& offer) {
  switch (offer.kind) {
    case Offer::Kind::words:
      return fmt::format("words=\"{}\"", offer.words);
    case Offer::Kind::tasks:
      return "words=$(_evener_tasks)";
    case Offer::Kind::workers:
      return "words=$(_evener_workers)";
    case Offer::Kind::nothing:
    case Offer::Kind::files:
      break;
  }
  return "return";
}

bool is_offered(const Offer& offer) {
  return offer.kind != Offer::Kind::nothing && offer.kind != Offer::Kind::files;
}

// The case of one verb: by the flag that stands before the word, else flags and what else may come.
// The name "" is that of the whole, before any verb is typed.
std::string bash_case(const Words& words, const std::vector<Flag>& global) {
  std::vector<std::string> here;
  for (const Words& part : words.parts) here.push_back(last_word(part.name));
  std::string out;
  for (const std::vector<Flag>& flags : {words.flags, global}) {
    for (const Flag& flag : flags) {
      for (const std::string& name : flag.names) {
        if (name.starts_with("--")) here.push_back(name);
      }
      if (!flag.takes_value) continue;
      out +=
          fmt::format("        {}) {} ;;\n", fmt::join(flag.names, " | "), bash_action(flag.offer));
    }
  }
  const std::string first =
      is_offered(words.first)
          ? fmt::format("; [[ $current == -* ]] || {}", bash_action(words.first))
          : "";
  const bool is_part = words.name.find(' ') != words.name.npos;
  const std::string pattern = words.name.empty() ? "*)"
                              : is_part          ? fmt::format("\"{}\")", words.name)
                                                 : fmt::format("\"{} \"*)", words.name);
  return fmt::format(
      "    {}\n"
      "      case $before in\n"
      "{}"
      "        *) words=\"{}\"{} ;;\n"
      "      esac ;;\n",
      pattern,
      out,
      fmt::join(here, " "),
      first
  );
}

// Bash parts words at `:` and `@` and replaces only what stands behind the last of these, so ids
// are put together again, and what stays is taken from the front of each offer. Other shells part
// no words there, and have no COMP_WORDBREAKS.
std::string bash(const std::vector<Words>& all, const std::vector<Flag>& global) {
  std::string cases;
  for (const Words& words : all) {
    for (const Words& part : words.parts) cases += bash_case(part, global);
    cases += bash_case(words, global);
  }
  cases += bash_case({.name = "", .summary = "", .parts = all}, global);
  return fmt::format(
      "_evener_tasks() {{ {}; }}\n"
      "_evener_workers() {{ {}; }}\n"
      "_evener() {{\n"
      "  local verb= part= words= word= breaks= joins= kept= last=0 i\n"
      "  local -a typed=(evener) at=()\n"
      "  COMPREPLY=()\n"
      "  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:\n"
      "  [[ $COMP_WORDBREAKS == *@* ]] && breaks+=@\n"
      "  for ((i = 1; i <= COMP_CWORD; i++)); do\n"
      "    word=${{COMP_WORDS[i]}}\n"
      "    if [[ -n $breaks && $word == [\"$breaks\"]* ]]; then joins=yes; fi\n"
      "    if [[ -z $joins || $last -le 1 ]]; then ((++last)); fi\n"
      "    typed[last]+=$word\n"
      "    joins=\n"
      "    if [[ -n $breaks && $word == *[\"$breaks\"] ]]; then joins=yes; fi\n"
      "  done\n"
      "  local current=${{typed[last]}} before=${{typed[last-1]}}\n"
      "  for ((i = 1; i < last; i++)); do\n"
      "    case ${{typed[i]}} in\n"
      "      --pool | --server) at+=(\"${{typed[i]}}\" \"${{typed[i+1]/#\\~/$HOME}}\"); ((++i)) "
      ";;\n"
      "      -*) ;;\n"
      "      *) if [ -z \"$verb\" ]; then verb=${{typed[i]}}; else "
      "part=${{part:-${{typed[i]}}}}; fi ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$verb $part\" in\n"
      "{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  if [[ -n $breaks ]]; then\n"
      "    kept=${{current%\"${{current##*[\"$breaks\"]}}\"}}\n"
      "    COMPREPLY=(\"${{COMPREPLY[@]#\"$kept\"}}\")\n"
      "  fi\n"
      "}}\n"
      "complete -o default -F _evener evener\n",
      list_tasks(" \"${at[@]}\""),
      list_workers(" \"${at[@]}\""),
      cases
  );
}

std::string zsh(const std::vector<Words>& all, const std::vector<Flag>& global) {
  return "#compdef evener\nautoload -U +X bashcompinit && bashcompinit\n" + bash(all, global);
}

// ---- fish --------------------------------------------------------------------------------------

std::string fish_words(const Offer& offer) {
  switch (offer.kind) {
    case Offer::Kind::words:
      return offer.words;
    case Offer::Kind::tasks:
      return "(__evener_tasks)";
    case Offer::Kind::workers:
      return "(__evener_workers)";
    case Offer::Kind::nothing:
    case Offer::Kind::files:
      break;
  }
  return {};
}

// What is said behind a flag's name: that a value follows, and which.
std::string fish_value(const Flag& flag) {
  if (!flag.takes_value) return {};
  if (flag.offer.kind == Offer::Kind::files) return " -r -F";
  const std::string words = fish_words(flag.offer);
  return words.empty() ? " -x" : fmt::format(" -x -a '{}'", words);
}

std::string fish_name(const std::string& name) {
  return name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
}

std::string fish_names(const Flag& flag) {
  std::string names;
  for (const std::string& name : flag.names) names += fish_name(name);
  return names;
}

// That the verb was typed, and not a part of another by the same name: `token add`.
std::string fish_seen(const Words& verb, const std::vector<Words>& all) {
  std::string seen = "__fish_seen_subcommand_from " + verb.name;
  for (const Words& other : all) {
    const bool has_one_too =
        std::any_of(other.parts.begin(), other.parts.end(), [&](const Words& part) {
          return last_word(part.name) == verb.name;
        });
    if (has_one_too) seen += "; and not __fish_seen_subcommand_from " + other.name;
  }
  return seen;
}

// `when`: the condition under which the name is offered. `seen`: under which it has been typed.
std::string fish(const Words& words, const std::string& when, const std::string& seen) {
  std::string summary = words.summary;
  std::erase(summary, '\'');
  std::string out = fmt::format(
      "complete -c evener -n '{}' -a {} -d '{}'\n", when, last_word(words.name), summary
  );
  for (const Flag& flag : words.flags) {
    out +=
        fmt::format("complete -c evener -n '{}'{}{}\n", seen, fish_names(flag), fish_value(flag));
  }
  if (words.first.kind == Offer::Kind::files) {
    out += fmt::format("complete -c evener -n '{}' -F\n", seen);
  }
  if (is_offered(words.first)) {
    out += fmt::format("complete -c evener -n '{}' -a '{}'\n", seen, fish_words(words.first));
  }
  std::string parts;
  for (const Words& part : words.parts) parts += " " + last_word(part.name);
  for (const Words& part : words.parts) {
    out += fish(
        part,
        fmt::format("{}; and not __fish_seen_subcommand_from{}", seen, parts),
        fmt::format("{}; and __fish_seen_subcommand_from {}", seen, last_word(part.name))
    );
  }
  return out;
}

std::string fish(const std::vector<Words>& all, const std::vector<Flag>& global) {
  std::string out = fmt::format(
      "function __evener_tasks\n  {}\nend\nfunction __evener_workers\n  {}\nend\n"
      "complete -c evener -f\n",
      list_tasks(""),
      list_workers("")
  );
  for (const Flag& flag : global) {
    out += fmt::format("complete -c evener{}{}\n", fish_names(flag), fish_value(flag));
  }
  for (const Words& words : all) {
    out += fish(words, "__fish_use_subcommand", fish_seen(words, all));
  }
  return out;
}

}  // namespace

void add_completion(CommandLine& line) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* const verb = line.add(
      "completion",
      "Print a completion script for a shell",
      "  source <(evener completion bash)\n"
      "  evener completion fish > ~/.config/fish/completions/evener.fish",
      [shell, &app = line.app](Session& session) {
        std::vector<Words> all;
        for (const CLI::App* const known : app.get_subcommands({})) {
          all.push_back(words_of(*known, ""));
        }
        const std::vector<Flag> global = global_flags(app);
        session.print(
            *shell == "fish"  ? fish(all, global)
            : *shell == "zsh" ? zsh(all, global)
                              : bash(all, global)
        );
        return ExitCode::done;
      }
  );
  verb->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace evener
