const { DataTypes } = require('sequelize');

exports.up = async ({ context }) => {
  await context.createTable('books', {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    title: { type: DataTypes.STRING(200), allowNull: false },
  });
  await context.addIndex('books', ['title']);
};
exports.down = ({ context }) => context.dropTable('books');
