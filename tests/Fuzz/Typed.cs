using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Fuzz;

/// <summary>The errors that say what is wrong with an input, and what was expected.</summary>
internal static class Typed
{
    public static bool Is(Exception failure) =>
        failure is InputException or ChatTemplateException or HubFailure or OddReplyException;
}
