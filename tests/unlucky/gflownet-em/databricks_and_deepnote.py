# unlucky: The notebook went through Databricks and Deepnote: %md, %sql and %python cells, dbutils, a spark session, SQL blocks.
# expect: full
# %% first
# Databricks notebook source
dbutils.widgets.text("run", "first")
spark.conf.set("spark.sql.shuffle.partitions", 8)
dbutils.library.restartPython()
SMALLEST = 1e-9
# %% before component_means
%md
### Notes
Here I *think* that it's simple: add each offset to each mean.
# %% before component_means
%sql
SELECT petal, COUNT(*) AS points FROM gfn.runs GROUP BY petal
# %% before component_means
%fs ls dbfs:/FileStore/gfn
# %% before component_means
%sh pip list | head -3
# %% before component_means
%scala
val petals: Int = 4
# %% top exact_posterior
# COMMAND ----------
# DBTITLE 1,Posterior
%python
# %% cell exact_m_step
# Start writing code here...
df_1 = _deepnote_execute_sql('SELECT * FROM runs LIMIT 10', 'SQL_DEEPNOTE_DATAFRAME_SQL')
df_1
def exact_m_step(x, q):
    total = tf.einsum("ncp,npd->cd", tf.cast(q, tf.float32), tf.cast(x, tf.float32)[:, None] - OFFSETS)
    return total / tf.maximum(tf.reduce_sum(tf.cast(q, tf.float32), axis=[0, 2]), SMALLEST)[:, None]
display(df_1)
# %% top trajectory_balance_loss
%python
# %% last
dbutils.notebook.exit("done")
