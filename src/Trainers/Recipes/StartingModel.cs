using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>The model that a run starts from.</summary>
internal static class StartingModel
{
    /// <summary>Reads it, and adds new adapters if the recipe has them.</summary>
    /// <param name="from">A folder, or a name on a hub.</param>
    /// <param name="found">The folder that a name on a hub has led to; empty to look for it.</param>
    /// <param name="lora">Adapters to train; null for none, or for those that the folder brings.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="tokenizers">Kinds of tokenizers that it may have; null for what is shipped.</param>
    /// <exception cref="InputException">With every problem of its files.</exception>
    public static ModelFolder Read(string from, string found, LoraSettings? lora, ulong seed, TokenizerKinds? tokenizers)
    {
        ModelFolder folder = ModelFolder.Load(found.Length > 0 ? found : from, tokenizers);
        if (lora is null)
        {
            return folder;
        }

        if (folder.Adapter is not null)
        {
            throw new InputException(new InputProblem(
                folder.Folder, 0, "lora", "adapters of adapters",
                "no such setting, as training goes on with the adapters of this folder; or a model that rlcore merge has made of them"));
        }

        if (folder.Pretrained is not { } pretrained)
        {
            throw new InputException(new InputProblem(
                folder.Folder, 0, "lora", "adapters of a model in this program's own layout",
                "a model in Hugging Face's layout, such as the folder model of a run"));
        }

        AdapterPlan plan = AdapterPlan.Create(lora, pretrained.Config.Architecture, folder.Model, folder.Tokenizer.VocabularySize);
        string adapted = ModelName.AtCommit(from, folder.Folder);
        return folder with { Adapter = new StoredAdapter(plan, adapted, plan.Initial(seed, folder.Parameters)) };
    }
}
